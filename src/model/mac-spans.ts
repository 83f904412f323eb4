import type { Pool } from './site.ts';

/** First and last address as integers, both included. */
export interface Span {
  readonly first: number;
  readonly last: number;
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

/** What is never drawn from a pool: its reserved addresses and the ranges of its sub-pools; ascending, not overlapping. */
export function holesOf(pool: Pick<Pool, 'reserved'>, children: readonly Pick<Pool, 'range'>[]): Span[] {
  return mergeSpans([...pool.reserved, ...children.map(({ range }) => range)]);
}
