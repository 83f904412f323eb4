import { renderDuration } from '../quantity.ts';
import { quoteValue } from '../quote-value.ts';
import type { Pool } from '../site.ts';
import type { SiteIndex } from './site-index.ts';

/** A segment whose NICs draw from a pool, and the seconds that its DHCP leases last. */
interface Use {
  readonly segment: string;
  readonly lease: number;
}

const longestOf = (uses: readonly Use[]): Use | undefined =>
  uses.reduce<Use | undefined>((longest, use) => (longest && longest.lease >= use.lease ? longest : use), undefined);

/** Segments with DHCP by the pool that they, or NICs of theirs, ask for. */
function usesByPool(index: SiteIndex): Map<Pool, Use[]> {
  const { site, segments, pools, tree, unread } = index;
  const uses = new Map<Pool, Use[]>();
  const noted = new Set<string>();
  const note = (name: string, nicPool: string | undefined): void => {
    const segment = segments.get(name);
    if (!segment?.dhcp || unread.gapsOf(segment)?.has('dhcp.lease')) return;
    const asked = nicPool ?? segment.pool;
    const hidden = unread.holdsAny('pool') || unread.gapsOf(segment)?.has('pool');
    const pool = asked === undefined ? (hidden ? undefined : tree.first) : pools.get(asked);
    if (!pool || noted.has(`${name} ${pool.name}`)) return;
    noted.add(`${name} ${pool.name}`);
    const use = { segment: name, lease: segment.dhcp.lease };
    const known = uses.get(pool);
    if (known) known.push(use);
    else uses.set(pool, [use]);
  };
  for (const { name } of site.segments) note(name, undefined);
  for (const { nics } of site.guests) for (const { segment, pool } of nics) if (pool !== undefined) note(segment, pool);
  return uses;
}

/**
 * The segment with the longest DHCP lease of each pool. NICs draw from the pool that is asked for or, where it has one
 * for their segment, from that sub-pool; and from those for owners and hosts, because any of them may come.
 */
function longestUses(index: SiteIndex): Map<Pool, Use> {
  const { tree } = index;
  const longest = new Map<Pool, Use>();
  const entered = new Set<Pool>();
  const spread = (pool: Pool, uses: readonly Use[], most: Use | undefined): void => {
    if (most === undefined || entered.has(pool)) return;
    const children = tree.childrenOf(pool);
    const isServed = ({ segment }: Use): boolean => tree.childFor(pool, 'segment', segment) !== undefined;
    const served = children.length === 0 ? [] : uses.filter(isServed);
    const rest = served.length === 0 ? uses : uses.filter((use) => !isServed(use));
    const restMost = served.length === 0 ? most : longestOf(rest);
    if (restMost && restMost.lease > (longest.get(pool)?.lease ?? 0)) longest.set(pool, restMost);
    entered.add(pool);
    for (const use of served) spread(tree.childFor(pool, 'segment', use.segment) as Pool, [use], use);
    for (const child of children) {
      if (child.owner !== undefined) spread(child, uses, most);
      else if (child.host !== undefined) spread(child, rest, restMost);
    }
    entered.delete(pool);
  };
  for (const [pool, uses] of usesByPool(index)) spread(pool, uses, longestOf(uses));
  return longest;
}

/** An address is not given to another NIC while a DHCP client may still believe that it holds it. */
export function checkQuarantine(index: SiteIndex): void {
  const { site, unread, report } = index;
  const longest = longestUses(index);
  site.pools.forEach((pool, i) => {
    const found = longest.get(pool);
    if (!found || pool.quarantine >= found.lease || unread.gapsOf(pool)?.has('quarantine')) return;
    const [quarantine, lease] = [renderDuration(pool.quarantine), renderDuration(found.lease)];
    const message = `the quarantine of pool ${quoteValue(pool.name)}, ${quarantine}, is shorter than the DHCP lease of segment ${quoteValue(found.segment)}, ${lease}`;
    report.error(`pools[${i}].quarantine`, message, quarantine, `at least ${lease}`);
  });
}
