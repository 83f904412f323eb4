import {
  bytesOfIp,
  type Ipv4Address,
  type Ipv6Address,
  ipv4FromInteger,
  ipv6FromInteger,
} from '../../model/ip-address.ts';
import { shareIdOf } from '../../model/same-address.ts';
import { End, recordSize, type SessionRecords } from '../../model/session-record.ts';
import { parseSubnet, type Subnet } from '../../model/subnet.ts';
import type { RecordedSite } from './recorder.ts';

/** What no guest is either: a router passes on no multicast of a segment and no broadcast. */
const nobody = ['224.0.0.0/4', '255.255.255.255', '0.0.0.0', 'ff00::/8', '::'];

/** Where the addresses of a record begin, and the bytes between them. */
const firstAddress = 64;
const addressSize = 16;

interface Range {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

function rangeOf(subnet: Subnet): Range {
  const text = (end: 'first' | 'last'): Ipv4Address | Ipv6Address =>
    subnet.family === 4 ? ipv4FromInteger(subnet[end]) : ipv6FromInteger(subnet[end]);
  return { first: bytesOfIp(text('first')), last: bytesOfIp(text('last')) };
}

/** Compares an address inside a record with another. */
function compare(bytes: Uint8Array, at: number, other: Uint8Array): number {
  for (let i = 0; i < other.length; i++) {
    const difference = (bytes[at + i] as number) - (other[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Ranges of addresses in order, which do not overlap: one is found by halving. */
class Ranges {
  readonly #ranges: readonly Range[];

  constructor(subnets: readonly Subnet[]) {
    const ranges = subnets.map(rangeOf).sort((a, b) => compare(a.first, 0, b.first));
    // Of two that overlap one holds the other: they are subnets.
    const outermost: Range[] = [];
    for (const range of ranges) {
      const before = outermost.at(-1);
      if (!before || compare(range.last, 0, before.last) > 0) outermost.push(range);
    }
    this.#ranges = outermost;
  }

  hold(bytes: Uint8Array, at: number): boolean {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = this.#ranges[middle] as Range;
      if (compare(bytes, at, range.first) < 0) high = middle - 1;
      else if (compare(bytes, at, range.last) > 0) low = middle + 1;
      else return true;
    }
    return false;
  }
}

const rangesOf = (texts: readonly string[]): Record<4 | 6, Ranges> => {
  const subnets = texts.map(parseSubnet);
  const of = (family: 4 | 6): Ranges => new Ranges(subnets.filter((subnet) => subnet.family === family));
  return { 4: of(4), 6: of(6) };
};

/**
 * Tells the sessions of guests that go through the gateway from those of the host itself: one end is a guest's, the
 * other is not the host's. The ends are those that speak in truth: the source before translation, and the destination
 * after it, which is where the answers come from. A same-address guest is known by the mark of its sessions.
 */
export class RecordedSessions {
  readonly #guests: Record<4 | 6, Ranges>;
  readonly #host: Record<4 | 6, Ranges>;

  constructor(site: RecordedSite) {
    this.#guests = rangesOf(site.guests);
    this.#host = rangesOf([...site.host, ...nobody]);
  }

  holds(records: SessionRecords, index: number): boolean {
    const family = records.family(index);
    const host = this.#host[family];
    const at = index * recordSize + firstAddress;
    const source = at + End.originalSource * addressSize;
    const target = at + End.replySource * addressSize;
    const fromHost = host.hold(records.bytes, source);
    const toHost = host.hold(records.bytes, target);
    if (shareIdOf(records.mark(index)) !== undefined && family === 4) {
      // The shared address as source is the guest's in a zone of the guest's own, and the host's without one.
      return fromHost ? records.zone(index) !== 0 && !toHost : true;
    }
    if (fromHost || toHost) return false;
    const guests = this.#guests[family];
    return guests.hold(records.bytes, source) || guests.hold(records.bytes, target);
  }
}

/** Leaves only the records that `keep` says yes to, in their order. */
export function keepOnly(records: SessionRecords, keep: (records: SessionRecords, index: number) => boolean): void {
  let kept = 0;
  for (let index = 0; index < records.length; index++) {
    if (!keep(records, index)) continue;
    if (kept !== index) {
      records.bytes.copyWithin(kept * recordSize, index * recordSize, (index + 1) * recordSize);
    }
    kept++;
  }
  records.length = kept;
}
