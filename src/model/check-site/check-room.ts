import { macToInteger } from '../mac-address.ts';
import { macRangeSize } from '../mac-range.ts';
import { holesOf, type Span } from '../mac-spans.ts';
import { quoteValue } from '../quote-value.ts';
import type { Nic, Pool } from '../site.ts';
import { poolOf, type SiteIndex } from './site-index.ts';

/** Every NIC finds a MAC address in its pool. An explicit MAC that could be drawn from the pool takes one of them. */
function checkPoolSizes(index: SiteIndex): void {
  const { site, segments, tree, unread, report } = index;
  // What could not be read may be the very sub-pool that a NIC leases from.
  if (unread.holdsAny('pool')) return;
  const wanted = new Map<Pool, number>();
  const explicit = site.guests.flatMap(({ nics }) =>
    nics.flatMap(({ mac }) => (mac === undefined ? [] : [macToInteger(mac)])),
  );
  for (const guest of site.guests) {
    const gaps = unread.gapsOf(guest);
    if (gaps?.has('owner')) continue;
    for (let n = 0; n < guest.nics.length; n++) {
      const nic = guest.nics[n] as Nic;
      if (nic.mac !== undefined || gaps?.has(`nics[${n}].mac`) || gaps?.has(`nics[${n}].pool`)) continue;
      const pool = poolOf(index, segments.get(nic.segment), nic.pool, guest.owner);
      if (pool) wanted.set(pool, (wanted.get(pool) ?? 0) + 1);
    }
  }
  site.pools.forEach((pool, i) => {
    const leased = wanted.get(pool) ?? 0;
    if (leased === 0) return;
    const { range } = pool;
    const holes = holesOf(pool, tree.childrenOf(pool));
    const size = holes.reduce((left, hole) => left - countWithin(hole, range), macRangeSize(range));
    if (leased + explicit.length <= size) return;
    const drawable = (mac: number): boolean =>
      mac >= range.first && mac <= range.last && !holes.some(({ first, last }) => mac >= first && mac <= last);
    const taken = new Set(explicit.filter(drawable)).size;
    if (leased + taken <= size) return;
    const without = holes.length === 0 ? '' : ' without reserved ones and those of its sub-pools';
    const message = `pool ${quoteValue(pool.name)} has ${size} addresses${without}; the NICs of the site need ${leased + taken}`;
    report.error(`pools[${i}].range`, message, `${size} addresses`, `at least ${leased + taken}`);
  });
}

/** Addresses that two spans have in common. */
function countWithin(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
}

/** Every NIC finds an IPv4 address in its segment, beside network, gateway and broadcast address. */
function checkSubnetSizes({ site, segments, report }: SiteIndex): void {
  const nics = new Map<string, number>();
  for (const guest of site.guests) {
    for (const { segment } of guest.nics) nics.set(segment, (nics.get(segment) ?? 0) + 1);
  }
  site.segments.forEach((segment, i) => {
    const { name, subnet } = segment;
    const count = nics.get(name) ?? 0;
    const room = Math.max(0, subnet.last - subnet.first - 2);
    if (count <= room || segments.get(name) !== segment) return;
    const message = `segment ${quoteValue(name)} has ${count} NICs; subnet ${subnet.text} has room for ${room} beside its gateway`;
    report.error(`segments[${i}].subnet`, message, subnet.text, `a network for ${count} NICs`);
  });
}

/** There are enough MAC and IP addresses. */
export function checkRoom(index: SiteIndex): void {
  checkPoolSizes(index);
  checkSubnetSizes(index);
}
