import { holesOf, type Span } from '../../model/mac-spans.ts';
import type { Pool } from '../../model/site.ts';

export { mergeSpans, type Span } from '../../model/mac-spans.ts';
export { choosePool, PoolTree, type PoolWish } from '../../model/pool-choice.ts';

/** A pool as addresses are drawn from it: its range, and what of it is never drawn. */
export interface PoolSpace extends Span {
  readonly name: string;
  /** As the user wrote it, for messages: `02:1a:3f:00:00:00/24`. */
  readonly text: string;
  readonly strategy: Pool['strategy'];
  /** Seconds from release to reuse. */
  readonly quarantine: number;
  /** Reserved addresses and the ranges of sub-pools, ascending, not overlapping, within the range. */
  readonly holes: readonly Span[];
}

/** Whether an address is one that a pool does not give: reserved, or in a sub-pool. */
export function liesInHole({ holes }: Pick<PoolSpace, 'holes'>, mac: number): boolean {
  let low = 0;
  let high = holes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((holes[middle] as Span).last < mac) low = middle + 1;
    else high = middle;
  }
  return mac >= (holes[low]?.first ?? Number.POSITIVE_INFINITY);
}

/** The space of one pool of a site. */
export function poolSpaceOf(pool: Pool, pools: readonly Pool[]): PoolSpace {
  const { name, range, strategy, quarantine } = pool;
  const children = pools.filter(({ parent }) => parent === name);
  return {
    name,
    text: range.text,
    first: range.first,
    last: range.last,
    strategy,
    quarantine,
    holes: holesOf(pool, children),
  };
}
