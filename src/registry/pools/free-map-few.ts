/** More exceptions than these go into a bitmap, or are divided among smaller parts. */
const most = 32;

/** A stretch of a free map, of any length, that is wholly free or wholly taken but for a few indices. */
export class FreeMapFew {
  /** Ascending. */
  readonly #exceptions: number[] = [];
  /** Whether those are the free ones of a stretch that is taken. */
  readonly #full: boolean;

  constructor(full: boolean) {
    this.#full = full;
  }

  get exceptions(): readonly number[] {
    return this.#exceptions;
  }

  /** Whether the stretch is taken but for the exceptions. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether it has room to take (+1) or give (-1) one more. */
  fits(step: 1 | -1): boolean {
    return this.#exceptions.length < most || this.#full === (step === 1);
  }

  has(index: number): boolean {
    return this.#exceptions.includes(index) !== this.#full;
  }

  /** `index` is free, and it fits. */
  take(index: number): void {
    if (this.#full) this.#remove(index);
    else this.#insert(index);
  }

  /** `index` is taken, and it fits. */
  give(index: number): void {
    if (this.#full) this.#insert(index);
    else this.#remove(index);
  }

  /** The lowest free index that is not below `from`, -1 when there is none. It may lie behind the end of the stretch. */
  lowestFree(from: number): number {
    if (this.#full) {
      for (const index of this.#exceptions) if (index >= from) return index;
      return -1;
    }
    let lowest = from;
    for (const index of this.#exceptions) if (index === lowest) lowest++;
    return lowest;
  }

  /** The nth free index, counted from 0. There are more than `nth`. */
  nthFree(nth: number): number {
    if (this.#full) return this.#exceptions[nth] as number;
    let found = nth;
    for (const index of this.#exceptions) if (index <= found) found++;
    return found;
  }

  #insert(index: number): void {
    const list = this.#exceptions;
    let place = list.length;
    list.push(index);
    for (; place > 0 && (list[place - 1] as number) > index; place--) list[place] = list[place - 1] as number;
    list[place] = index;
  }

  #remove(index: number): void {
    const list = this.#exceptions;
    for (let place = list.indexOf(index); place < list.length - 1; place++) list[place] = list[place + 1] as number;
    list.pop();
  }
}
