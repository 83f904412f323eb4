import { type MacAddress, macFromInteger, quadrant } from '../mac-address.ts';
import { macRangeSize } from '../mac-range.ts';
import { mergeSpans } from '../mac-spans.ts';
import { quoteValue } from '../quote-value.ts';
import type { Pool } from '../site.ts';
import { vendorDataDate, vendorsIn } from '../vendors.ts';
import type { SiteIndex } from './site-index.ts';

/** Reserved addresses are addresses of the pool, and there are others. */
function checkReserved({ site, report }: SiteIndex): void {
  site.pools.forEach(({ name, range, reserved }, i) => {
    if (reserved.length === 0) return;
    let outside = 0;
    reserved.forEach((hole, n) => {
      if (hole.first >= range.first && hole.last <= range.last) return;
      outside += 1;
      const message = `reserved ${hole.text} is not inside ${range.text}, the range of pool ${quoteValue(name)}`;
      report.error(`pools[${i}].reserved[${n}]`, message, hole.text, `addresses of ${range.text}`);
    });
    const held = mergeSpans(reserved).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    if (outside > 0 || held < macRangeSize(range)) return;
    const message = `all ${held} addresses of pool ${quoteValue(name)} are reserved, so that none could ever be drawn`;
    report.error(`pools[${i}].reserved`, message, `${held} reserved addresses`, `at most ${held - 1}`);
  });
}

/** The same range in the local addresses, AAI quadrant (RFC 8948): bit 1 of the first octet set, bits 2 and 3 not. */
function localTwin({ text }: Pool['range']): string {
  return text.replace(/(^|-)([0-9a-f]{2})/g, (_, before: string, octet: string) => {
    const local = (Number.parseInt(octet, 16) & 0xf0) | 0x02;
    return `${before}${local.toString(16).padStart(2, '0')}`;
  });
}

/** Whose the addresses of a universal range are, as a part of a sentence. */
function describeVendors(range: Pool['range']): string {
  const found = vendorsIn(range, 1000);
  // The IEEE itself has what it gives away in smaller blocks.
  const vendors = found.filter(({ name }) => found.length === 1 || name !== 'IEEE Registration Authority');
  const [first] = vendors;
  const date = `(IEEE registry of ${vendorDataDate})`;
  if (first === undefined) return `the IEEE has given them to nobody yet ${date}`;
  const names = new Set(vendors.map(({ name }) => name)).size;
  const more = names === 1 ? '' : ` and of ${names === 1000 ? 'a thousand' : names - 1} more`;
  return `they are those of ${quoteValue(first.name)}, ${first.prefix}${more} ${date}`;
}

/** Nobody takes universal addresses without saying why they may: they are those of the vendor who has the OUI. */
function checkVendors({ site, pools, unread, report }: SiteIndex): void {
  const mayUse = (pool: Pool | undefined, depth = 0): boolean => {
    if (pool === undefined || depth > site.pools.length) return false;
    if (pool.acknowledgeVendor !== undefined || unread.gapsOf(pool)?.has('acknowledge-vendor')) return true;
    if (pool.parent === undefined) return false;
    return unread.mayHold('pool', pool.parent) || mayUse(pools.get(pool.parent), depth + 1);
  };
  site.pools.forEach((pool, i) => {
    const first: MacAddress = macFromInteger(pool.range.first);
    if (quadrant(first) !== 'universal' || mayUse(pool)) return;
    const message = `pool ${quoteValue(pool.name)} has universal addresses, ${pool.range.text}: ${describeVendors(pool.range)}`;
    const expected = `local addresses such as ${localTwin(pool.range)}, or "acknowledge-vendor" with the reason why you may use these`;
    report.error(`pools[${i}].range`, message, pool.range.text, expected);
  });
}

/** The addresses of every pool can be drawn, and are the user's to give away. */
export function checkPoolRanges(index: SiteIndex): void {
  checkReserved(index);
  checkVendors(index);
}
