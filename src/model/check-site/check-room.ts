import { macRangeHolds, macRangeSize } from '../mac-range.ts';
import { renderDuration } from '../quantity.ts';
import { quoteValue } from '../quote-value.ts';
import type { Nic, Pool } from '../site.ts';
import { poolOf, type SiteIndex } from './site-index.ts';

/** Pools lie apart, so that one address is never in two of them. */
function checkPoolOverlaps({ site, report }: SiteIndex): void {
  const pools = site.pools.map((pool, order) => ({ pool, order }));
  pools.sort((a, b) => a.pool.range.first - b.pool.range.first || a.order - b.order);
  let farthest: (typeof pools)[number] | undefined;
  for (const here of pools) {
    if (farthest && here.pool.range.first <= farthest.pool.range.last) {
      const [earlier, later] = farthest.order < here.order ? [farthest, here] : [here, farthest];
      report.error(
        `pools[${later.order}].range`,
        `range ${later.pool.range.text} of pool ${quoteValue(later.pool.name)} overlaps ${earlier.pool.range.text} of pool ${quoteValue(earlier.pool.name)}`,
        later.pool.range.text,
        'a range that no other pool uses',
      );
    }
    if (!farthest || here.pool.range.last > farthest.pool.range.last) farthest = here;
  }
}

/** Every NIC finds a MAC address in its pool. An explicit MAC inside the range of the pool takes one of them. */
function checkPoolSizes(index: SiteIndex): void {
  const { site, segments, unread, report } = index;
  const wanted = new Map<Pool, number>();
  const explicit = site.guests.flatMap(({ nics }) => nics.flatMap(({ mac }) => (mac === undefined ? [] : [mac])));
  for (const guest of site.guests) {
    const gaps = unread.gapsOf(guest);
    for (let n = 0; n < guest.nics.length; n++) {
      const nic = guest.nics[n] as Nic;
      if (gaps?.has(`nics[${n}].mac`) || gaps?.has(`nics[${n}].pool`)) continue;
      const pool = nic.mac === undefined ? poolOf(index, segments.get(nic.segment), nic.pool) : undefined;
      if (pool) wanted.set(pool, (wanted.get(pool) ?? 0) + 1);
    }
  }
  site.pools.forEach((pool, i) => {
    const leased = wanted.get(pool) ?? 0;
    const size = macRangeSize(pool.range);
    if (leased === 0 || leased + explicit.length <= size) return;
    const taken = new Set(explicit.filter((mac) => macRangeHolds(pool.range, mac))).size;
    if (leased + taken <= size) return;
    const message = `pool ${quoteValue(pool.name)} has ${size} addresses; the NICs of the site need ${leased + taken}`;
    report.error(`pools[${i}].range`, message, `${size} addresses`, `at least ${leased + taken}`);
  });
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

/** An address is not given to another NIC while a DHCP client may still believe that it holds it. */
function checkQuarantine(index: SiteIndex): void {
  const { site, segments, unread, report } = index;
  const longest = new Map<Pool, { lease: number; segment: string }>();
  const note = (segmentName: string, nicPool: string | undefined): void => {
    const segment = segments.get(segmentName);
    const pool = segment?.dhcp && poolOf(index, segment, nicPool);
    if (!segment?.dhcp || !pool || unread.gapsOf(segment)?.has('dhcp.lease')) return;
    if (segment.dhcp.lease <= (longest.get(pool)?.lease ?? 0)) return;
    longest.set(pool, { lease: segment.dhcp.lease, segment: segmentName });
  };
  for (const { name } of site.segments) note(name, undefined);
  for (const { nics } of site.guests) for (const { segment, pool } of nics) if (pool !== undefined) note(segment, pool);
  site.pools.forEach((pool, i) => {
    const found = longest.get(pool);
    if (!found || pool.quarantine >= found.lease || unread.gapsOf(pool)?.has('quarantine')) return;
    const [quarantine, lease] = [renderDuration(pool.quarantine), renderDuration(found.lease)];
    const message = `the quarantine of pool ${quoteValue(pool.name)}, ${quarantine}, is shorter than the DHCP lease of segment ${quoteValue(found.segment)}, ${lease}`;
    report.error(`pools[${i}].quarantine`, message, quarantine, `at least ${lease}`);
  });
}

/** There are enough MAC and IP addresses, and they rest long enough. */
export function checkRoom(index: SiteIndex): void {
  checkPoolOverlaps(index);
  checkPoolSizes(index);
  checkSubnetSizes(index);
  checkQuarantine(index);
}
