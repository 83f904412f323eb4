/** Indices of one leaf: 4 KiB of bits. */
export const leafSpan = 2 ** 15;

const blockBits = 9;
const wordsPerBlock = 2 ** (blockBits - 5);

/** A bitmap of `leafSpan` indices, with a count per 512 of them. Indices are not checked: FreeMap did. */
export class FreeMapLeaf {
  readonly #words: Uint32Array;
  /** Free ones of each block. */
  readonly #free: Uint16Array;

  constructor(full: boolean) {
    this.#words = new Uint32Array(leafSpan / 32);
    this.#free = new Uint16Array(leafSpan >> blockBits);
    if (full) this.#words.fill(0xffff_ffff);
    else this.#free.fill(1 << blockBits);
  }

  has(index: number): boolean {
    return (((this.#words[index >>> 5] as number) >>> (index & 31)) & 1) === 1;
  }

  /** `index` is free. */
  take(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) | (1 << (index & 31));
    this.#free[index >>> blockBits] = (this.#free[index >>> blockBits] as number) - 1;
  }

  /** `index` is taken. */
  give(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) & ~(1 << (index & 31));
    this.#free[index >>> blockBits] = (this.#free[index >>> blockBits] as number) + 1;
  }

  /** The lowest free index that is not below `from`; -1 when there is none. */
  lowestFree(from: number): number {
    let word = from >>> 5;
    let open = ~(this.#words[word] as number) & (-1 << (from & 31));
    while (open === 0) {
      word++;
      // Whole blocks without a free index are passed over.
      while (word % wordsPerBlock === 0 && this.#free[word / wordsPerBlock] === 0) word += wordsPerBlock;
      if (word >= this.#words.length) return -1;
      open = ~(this.#words[word] as number);
    }
    return word * 32 + lowestBit(open);
  }

  /** The nth free index, counted from 0. There are more than `nth`. */
  nthFree(nth: number): number {
    let rest = nth;
    let block = 0;
    for (let free = this.#free[0] as number; rest >= free; free = this.#free[block] as number) {
      rest -= free;
      block++;
    }
    let word = block * wordsPerBlock;
    let open = ~(this.#words[word] as number);
    for (let free = bitCount(open); rest >= free; free = bitCount(open)) {
      rest -= free;
      word++;
      open = ~(this.#words[word] as number);
    }
    for (; rest > 0; rest--) open &= open - 1;
    return word * 32 + lowestBit(open);
  }
}

/** Place of the lowest bit that is set. `value` is not 0. */
function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}

/** How many bits are set (Hacker's Delight, 5-1). */
function bitCount(value: number): number {
  const pairs = value - ((value >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
