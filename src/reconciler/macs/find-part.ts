import { setImmediate } from 'node:timers/promises';
import type { Span } from '../../registry/pools/pool-space.ts';
import { sizeOf } from './pool-fill.ts';

/** Parts that are looked at before it is said that there is none. */
const mostLooks = 100_000;

/** Leases within a range that keep others from using it as theirs. */
export type CountOthers = (range: Span) => Promise<number>;

/**
 * The lowest part of `size` addresses (a power of two), aligned to its size, that neither touches a hole nor holds what
 * `others` counts; undefined when there is none. Whole stretches without leases are seen at one look.
 */
export async function findPart(
  within: Span,
  size: number,
  holes: readonly Span[],
  others: CountOthers,
): Promise<Span | undefined> {
  let looks = 0;
  // Lowest last: what is pushed last is looked at first.
  const stack: Span[] = gapsOf(within, holes).reverse();
  while (stack.length > 0 && looks < mostLooks) {
    const gap = stack.pop() as Span;
    const first = Math.ceil(gap.first / size) * size;
    const parts = Math.floor((gap.last + 1 - first) / size);
    if (parts < 1) continue;
    looks += 1;
    // Counting is synchronous in SQLite; others want their turn.
    if (looks % 64 === 0) await setImmediate();
    if ((await others({ first, last: first + parts * size - 1 })) === 0) return { first, last: first + size - 1 };
    if (parts === 1) continue;
    const middle = first + Math.ceil(parts / 2) * size;
    stack.push({ first: middle, last: first + parts * size - 1 }, { first, last: middle - 1 });
  }
  return undefined;
}

/** What of a span lies in no hole; holes ascend and do not overlap. */
export function gapsOf(within: Span, holes: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let { first } = within;
  for (const hole of holes) {
    if (hole.first > first) gaps.push({ first, last: Math.min(hole.first - 1, within.last) });
    first = Math.max(first, hole.last + 1);
  }
  if (first <= within.last) gaps.push({ first, last: within.last });
  return gaps.filter((gap) => sizeOf(gap) > 0);
}
