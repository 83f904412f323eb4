import type { PoolSpace } from './pool-space.ts';

/** The addresses of a pool that are not holes, numbered from 0: ranks. A lookup takes O(log holes). */
export class UsableSpans {
  readonly size: number;
  /** First address of each stretch between holes, its last one, and the rank of its first. Ascending. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  readonly #ranks: number[] = [];

  /** The holes of `space` are ascending and do not overlap. */
  constructor(space: Pick<PoolSpace, 'first' | 'last' | 'holes'>) {
    let next = space.first;
    let rank = 0;
    const add = (last: number): void => {
      if (last < next) return;
      this.#firsts.push(next);
      this.#lasts.push(last);
      this.#ranks.push(rank);
      rank += last - next + 1;
    };
    for (const hole of space.holes) {
      add(Math.min(hole.first - 1, space.last));
      next = Math.max(next, hole.last + 1);
    }
    add(space.last);
    this.size = rank;
  }

  /** The address of a rank from 0 to size - 1. */
  addressOf(rank: number): number {
    const span = lastUpTo(this.#ranks, rank);
    return (this.#firsts[span] as number) + rank - (this.#ranks[span] as number);
  }

  /** The rank of an address; -1 for a hole and outside of the range. */
  rankOf(address: number): number {
    const span = lastUpTo(this.#firsts, address);
    if (span < 0 || address > (this.#lasts[span] as number)) return -1;
    return (this.#ranks[span] as number) + address - (this.#firsts[span] as number);
  }

  /** The rank of the first usable address that is not below `address`; `size` when there is none. */
  rankFrom(address: number): number {
    const span = lastUpTo(this.#firsts, address);
    if (span < 0) return 0;
    return (
      (this.#ranks[span] as number) +
      Math.min(address, (this.#lasts[span] as number) + 1) -
      (this.#firsts[span] as number)
    );
  }
}

/** Index of the last of the ascending values that is not above `value`; -1 when all are. */
function lastUpTo(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
