import { setImmediate } from 'node:timers/promises';
import type { Span } from '../../registry/pools/pool-space.ts';

/** Parts that are looked at before it is given up: a look takes less than 0.1 ms. */
const mostLooks = 200_000;

/** Leases within a range that keep others from using it as theirs. */
export type CountOthers = (range: Span) => Promise<number>;

/**
 * The lowest part of `size` addresses (a power of two), aligned to its size, that neither touches a hole nor holds what
 * `others` counts. Undefined when there is none, or none was found among the first 200,000.
 */
export async function findPart(
  within: Span,
  size: number,
  holes: readonly Span[],
  others: CountOthers,
): Promise<Span | undefined> {
  let looks = 0;
  for (const gap of gapsOf(within, holes)) {
    for (let first = Math.ceil(gap.first / size) * size; first + size - 1 <= gap.last; first += size) {
      const part = { first, last: first + size - 1 };
      if ((await others(part)) === 0) return part;
      looks += 1;
      if (looks === mostLooks) return undefined;
      // Counting is synchronous in SQLite; others want their turn.
      if (looks % 64 === 0) await setImmediate();
    }
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
  return gaps;
}
