/**
 * Repeatable random numbers: sfc32 (Doty-Humphrey, PractRand). Quick and even, and no secret. `seed` is an integer of
 * 32 bits.
 */
export class SeededRandom {
  #a: number;
  #b = 0x9e37_79b9;
  #c = 0x243f_6a88;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    for (let round = 0; round < 16; round++) this.next();
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** An integer from 0 to max - 1; `max` up to 2^48. */
  below(max: number): number {
    // 32 bits are spread over a small range with an error below max / 2^32, 53 over a large one.
    if (max <= 2 ** 24) return Math.floor((this.next() / 2 ** 32) * max);
    const value = this.next() * 2 ** 21 + (this.next() >>> 11);
    return Math.floor((value / 2 ** 53) * max);
  }
}
