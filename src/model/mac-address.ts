import { AppError } from '../errors/app-error.ts';
import type { Brand } from './brand.ts';
import { quoteValue } from './quote-value.ts';

/** EUI-48 in its canonical form: six lower-case octets, colon-separated (`02:1a:3f:00:10:01`). IEEE 802-2014. */
export type MacAddress = Brand<string, 'MacAddress'>;

const groups = /^([0-9a-f]{2})([:-])([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})\2([0-9a-f]{2})$/i;

/** As many switches print it: `021a.3f00.1001`. */
const dotted = /^([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})$/i;

/** Reads pairs between colons or hyphens, or four digits each between dots. Throws `value-invalid` that says what was seen. */
export function parseMacAddress(text: string): MacAddress {
  if (!groups.test(text)) {
    if (dotted.test(text)) return text.toLowerCase().replace(dotted, '$1:$2:$3:$4:$5:$6') as MacAddress;
    throw new AppError(
      'value-invalid',
      `MAC address ${quoteValue(text)} is not six pairs of hexadecimal digits such as "02:1a:3f:00:10:01"`,
    );
  }
  return text.toLowerCase().replaceAll('-', ':') as MacAddress;
}

/** The address as an integer of 48 bits; the only form in which addresses are compared and counted. */
export function macToInteger(mac: MacAddress): number {
  return Number.parseInt(mac.replaceAll(':', ''), 16);
}

/** Hexadecimal text of every octet: addresses are written by the ten thousand. */
const octets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

const threeOctets = (value: number): string =>
  `${octets[value >>> 16]}:${octets[(value >>> 8) & 255]}:${octets[value & 255]}`;

/** `value` is an integer from 0 to 2^48 - 1. */
export function macFromInteger(value: number): MacAddress {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 48) {
    throw new AppError('value-invalid', `${value} is not an integer of 48 bits, so it is no MAC address`);
  }
  const high = Math.floor(value / 2 ** 24);
  return `${threeOctets(high)}:${threeOctets(value - high * 2 ** 24)}` as MacAddress;
}

const firstOctet = (mac: MacAddress): number => Number.parseInt(mac.slice(0, 2), 16);

/** Group address (I/G bit set). Never leased. */
export function isMulticast(mac: MacAddress): boolean {
  return (firstOctet(mac) & 1) === 1;
}

/** U/L bit set. */
export function isLocal(mac: MacAddress): boolean {
  return (firstOctet(mac) & 2) === 2;
}

/** SLAP quadrant of a local address (IEEE 802c-2017, RFC 8948), or `universal`. */
export function quadrant(mac: MacAddress): 'universal' | 'AAI' | 'ELI' | 'SAI' | 'reserved' {
  if (!isLocal(mac)) return 'universal';
  return (['AAI', 'reserved', 'ELI', 'SAI'] as const)[(firstOctet(mac) >> 2) & 3] as 'AAI' | 'ELI' | 'SAI' | 'reserved';
}
