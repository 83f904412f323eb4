/** More than these go into a bitmap, or are divided among smaller parts. */
export const fewLimit = 32;

/** A stretch of a free map of any length of which at most `fewLimit` indices are taken: a sorted list of them. */
export class FreeMapFew {
  readonly #taken: number[] = [];

  get isFull(): boolean {
    return this.#taken.length === fewLimit;
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#taken.values();
  }

  has(index: number): boolean {
    return this.#taken.includes(index);
  }

  /** `index` is free, and it is not full. */
  take(index: number): void {
    const taken = this.#taken;
    let place = taken.length;
    while (place > 0 && (taken[place - 1] as number) > index) place--;
    taken.splice(place, 0, index);
  }

  /** `index` is taken. */
  give(index: number): void {
    this.#taken.splice(this.#taken.indexOf(index), 1);
  }

  /** The lowest free index that is not below `from`. It may lie behind the end of the stretch. */
  lowestFree(from: number): number {
    let lowest = from;
    for (const index of this.#taken) if (index === lowest) lowest++;
    return lowest;
  }

  /** The nth free index, counted from 0. */
  nthFree(nth: number): number {
    let found = nth;
    for (const index of this.#taken) if (index <= found) found++;
    return found;
  }
}
