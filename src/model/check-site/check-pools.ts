import { quoteValue } from '../quote-value.ts';
import type { Pool } from '../site.ts';
import type { SiteIndex } from './site-index.ts';

const purposes = ['owner', 'segment', 'host'] as const;

/** A pool and its place in the list of the site. */
interface Placed {
  readonly pool: Pool;
  readonly order: number;
}

/** The pool that each sub-pool is a part of; null where nobody knows, because its name or key has a mistake. */
type Parents = ReadonlyMap<Pool, Pool | null | undefined>;

/** Every parent is there, and nothing is a part of itself. */
function findParents({ site, pools, unread, report }: SiteIndex): Parents {
  const parents = new Map<Pool, Pool | null | undefined>();
  site.pools.forEach((pool, i) => {
    const parent = pool.parent === undefined ? undefined : (pools.get(pool.parent) ?? null);
    parents.set(pool, unread.gapsOf(pool)?.has('parent') ? null : parent);
    if (pool.parent !== undefined && parent === null && !unread.mayHold('pool', pool.parent)) {
      report.missing(`pools[${i}].parent`, 'pool', pool.parent, pools.keys());
    }
  });
  const harmless = new Set<Pool>();
  site.pools.forEach((pool, i) => {
    const way = new Set<Pool>();
    let here: Pool | null | undefined = pool;
    while (here && !harmless.has(here) && !way.has(here)) {
      way.add(here);
      here = parents.get(here);
    }
    const cycle = here && !harmless.has(here) ? [...way].slice([...way].indexOf(here)) : [];
    for (const member of way) harmless.add(member);
    if (cycle.length === 0) return;
    for (const member of cycle) parents.set(member, null);
    const names = [...cycle, cycle[0] as Pool].map(({ name }) => quoteValue(name)).join(', a part of ');
    const at = cycle.includes(pool) ? i : site.pools.indexOf(cycle[0] as Pool);
    report.error(`pools[${at}].parent`, `a pool is a part of itself: ${names}`, names, 'the name of another pool');
  });
  return parents;
}

/** A sub-pool lies inside the pool that it is a part of. */
function checkInside({ site, report }: SiteIndex, parents: Parents): void {
  site.pools.forEach((pool, i) => {
    const parent = parents.get(pool);
    if (!parent) return;
    if (pool.range.first >= parent.range.first && pool.range.last <= parent.range.last) return;
    const message = `range ${pool.range.text} of pool ${quoteValue(pool.name)} leaves ${parent.range.text} of pool ${quoteValue(parent.name)}, which it is a part of`;
    report.error(`pools[${i}].range`, message, pool.range.text, `a range inside ${parent.range.text}`);
  });
}

/**
 * Pools that are not parts of each other lie apart, so that it is clear which one an address is drawn from. Compared are
 * those with the same parent: what is inside of pools that lie apart does so, too.
 */
function checkOverlaps({ site, report }: SiteIndex, parents: Parents): void {
  const groups = new Map<Pool | undefined, Placed[]>();
  site.pools.forEach((pool, order) => {
    const parent = parents.get(pool);
    if (parent === null) return;
    const group = groups.get(parent);
    if (group) group.push({ pool, order });
    else groups.set(parent, [{ pool, order }]);
  });
  for (const group of groups.values()) {
    group.sort((a, b) => a.pool.range.first - b.pool.range.first || a.order - b.order);
    let farthest: Placed | undefined;
    for (const here of group) {
      if (farthest && here.pool.range.first <= farthest.pool.range.last) {
        const [earlier, later] = farthest.order < here.order ? [farthest, here] : [here, farthest];
        report.error(
          `pools[${later.order}].range`,
          `range ${later.pool.range.text} of pool ${quoteValue(later.pool.name)} overlaps ${earlier.pool.range.text} of pool ${quoteValue(earlier.pool.name)}`,
          later.pool.range.text,
          'a range that no other pool uses, or the key "parent" for a part of another pool',
        );
      }
      if (!farthest || here.pool.range.last > farthest.pool.range.last) farthest = here;
    }
  }
}

/** A sub-pool is for one owner, one segment or one host, or for those that name it. */
function checkPurpose({ site, segments, unread, report }: SiteIndex): void {
  const served = new Map<string, string>();
  site.pools.forEach((pool, i) => {
    const keys = purposes.filter((purpose) => pool[purpose] !== undefined);
    const [first, second] = keys;
    if (first === undefined) return;
    if (second !== undefined) {
      const message = `pool ${quoteValue(pool.name)} has ${keys.map((key) => `"${key}"`).join(' and ')}; a sub-pool is for one of them`;
      report.error(`pools[${i}].${second}`, message, quoteValue(pool[second] as string), `no "${second}"`);
    }
    if (pool.segment !== undefined && !segments.has(pool.segment) && !unread.mayHold('segment', pool.segment)) {
      report.missing(`pools[${i}].segment`, 'segment', pool.segment, segments.keys());
    }
    if (pool.parent === undefined) {
      if (unread.gapsOf(pool)?.has('parent')) return;
      const message = `pool ${quoteValue(pool.name)} is for one ${first}, but is no sub-pool; only a part of another pool is kept for somebody`;
      report.error(`pools[${i}].${first}`, message, quoteValue(pool[first] as string), 'a key "parent" beside it');
      return;
    }
    const key = `${pool.parent} ${first} ${pool[first]}`;
    const other = served.get(key);
    served.set(key, other ?? pool.name);
    if (other === undefined) return;
    const message = `pool ${quoteValue(pool.name)} is for the same ${first} as pool ${quoteValue(other)}, which is the one that is used; this one only serves those that name it`;
    report.warning(
      `pools[${i}].${first}`,
      message,
      quoteValue(pool[first] as string),
      `one sub-pool for each ${first}`,
    );
  });
}

/** Pools are parts of each other or lie apart, and sub-pools say for whom they are. */
export function checkPools(index: SiteIndex): void {
  const parents = findParents(index);
  checkInside(index, parents);
  checkOverlaps(index, parents);
  checkPurpose(index);
}
