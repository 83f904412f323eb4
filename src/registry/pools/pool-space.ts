import type { Pool } from '../../model/site.ts';

/** First and last address as integers, both included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

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

/** What the pool of a NIC depends on. */
export interface PoolWish {
  /** Pool that was asked for by name; without one the first pool that is nobody's sub-pool. */
  readonly pool?: string | undefined;
  readonly owner?: string | undefined;
  readonly segment?: string | undefined;
  readonly host?: string | undefined;
}

/** The space of one pool of a site. */
export function poolSpaceOf(pool: Pool, pools: readonly Pool[]): PoolSpace {
  const { name, range, strategy, quarantine } = pool;
  const children = pools.filter(({ parent }) => parent === name).map((child) => child.range);
  return {
    name,
    text: range.text,
    first: range.first,
    last: range.last,
    strategy,
    quarantine,
    holes: mergeSpans([...pool.reserved, ...children]),
  };
}

/**
 * The pool that a NIC leases from: the one that is named, else the first; and of its sub-pools the one for the owner,
 * else for the segment, else for the host. A sub-pool that is named is taken as it is. Undefined for an unknown name,
 * and in a site without pools.
 */
export function choosePool(pools: readonly Pool[], wish: PoolWish): Pool | undefined {
  const chosen =
    wish.pool === undefined
      ? pools.find(({ parent }) => parent === undefined)
      : pools.find(({ name }) => name === wish.pool);
  if (chosen === undefined) return undefined;
  const children = pools.filter(({ parent }) => parent === chosen.name);
  for (const key of ['owner', 'segment', 'host'] as const) {
    const child = wish[key] === undefined ? undefined : children.find((candidate) => candidate[key] === wish[key]);
    if (child !== undefined) return child;
  }
  return chosen;
}

/** Ascending, with overlapping and adjacent ones joined. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...spans].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged;
}
