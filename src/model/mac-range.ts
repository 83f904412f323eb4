import { AppError } from '../errors/app-error.ts';
import {
  isMulticast,
  type MacAddress,
  macFromInteger,
  macToInteger,
  parseMacAddress,
  quadrant,
} from './mac-address.ts';
import { quoteValue } from './quote-value.ts';

/** MAC addresses first..last as integers, both included: unicast and in one quadrant. */
export interface MacRange {
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Reads an aligned prefix (`02:1a:3f:00:00:00/24`) or `first-last`. Throws `value-invalid` when the range is not
 * aligned, holds multicast addresses, or leaves its SLAP quadrant (IEEE 802c, RFC 8948).
 */
export function parseMacRange(text: string): MacRange {
  const prefixed = /^([^/]+)\/(\d{1,2})$/.exec(text);
  const pair = /^([0-9a-f:]{17})-([0-9a-f:]{17})$/i.exec(text);
  if (!prefixed && !pair) {
    throw new AppError(
      'value-invalid',
      `MAC range ${quoteValue(text)} is neither a prefix such as "02:1a:3f:00:00:00/24" nor "first-last"`,
    );
  }
  const range = prefixed
    ? fromPrefix(text, prefixed[1] as string, Number(prefixed[2]))
    : fromPair(text, pair?.[1] as string, pair?.[2] as string);
  checkKind(range);
  return range;
}

function fromPrefix(text: string, address: string, prefix: number): MacRange {
  if (prefix < 8 || prefix > 48) {
    throw new AppError('value-invalid', `MAC range ${quoteValue(text)} has prefix length ${prefix}; expected 8 to 48`);
  }
  const first = macToInteger(parseMacAddress(address));
  const size = 2 ** (48 - prefix);
  if (first % size !== 0) {
    throw new AppError(
      'value-invalid',
      `MAC range ${quoteValue(text)} is not aligned; the prefix of that address is "${macFromInteger(first - (first % size))}/${prefix}"`,
    );
  }
  return { text: `${macFromInteger(first)}/${prefix}`, first, last: first + size - 1 };
}

function fromPair(text: string, from: string, to: string): MacRange {
  const first = macToInteger(parseMacAddress(from));
  const last = macToInteger(parseMacAddress(to));
  if (first > last) throw new AppError('value-invalid', `MAC range ${quoteValue(text)} ends before it begins`);
  return { text: `${macFromInteger(first)}-${macFromInteger(last)}`, first, last };
}

function checkKind(range: MacRange): void {
  const first = macFromInteger(range.first);
  const last = macFromInteger(range.last);
  const name = `MAC range ${quoteValue(range.text)}`;
  const refuse = (reason: string): never => {
    throw new AppError('value-invalid', `${name} ${reason}`);
  };
  if (isMulticast(first)) {
    refuse(
      `holds multicast addresses (bit 0 of the first octet ${first.slice(0, 2)} is set); a NIC needs a unicast address`,
    );
  }
  if (quadrant(last) !== quadrant(first)) {
    refuse(`leaves its quadrant: it begins in ${quadrant(first)} and ends in ${quadrant(last)} (RFC 8948)`);
  }
  // After every first octet of unicast addresses comes one of multicast addresses.
  if (first.slice(0, 2) !== last.slice(0, 2)) {
    refuse(`runs into multicast addresses: it must stay within the first octet ${first.slice(0, 2)}`);
  }
  if (quadrant(first) === 'reserved') refuse('lies in the reserved SLAP quadrant (RFC 8948)');
}

export function macRangeHolds(range: MacRange, mac: MacAddress): boolean {
  const value = macToInteger(mac);
  return value >= range.first && value <= range.last;
}

export function macRangeSize(range: MacRange): number {
  return range.last - range.first + 1;
}

/** Reads what `parseMacRange` reads, or one address. Throws `value-invalid`. */
export function parseMacSpan(text: string): MacRange {
  if (text.includes('/') || text.length > 17) return parseMacRange(text);
  const mac = parseMacAddress(text);
  const range = { text: mac, first: macToInteger(mac), last: macToInteger(mac) };
  checkKind(range);
  return range;
}
