/** Random numbers that come again with the same seed (sfc32 of PractRand). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b) | 0;
    for (let i = 0; i < 16; i++) this.u32();
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 to 1, without 1. */
  unit = (): number => this.u32() / 2 ** 32;
  /** A whole number below `limit`. */
  below = (limit: number): number => Math.floor(this.unit() * limit);
  between = (least: number, most: number): number => least + this.below(most - least + 1);
  chance = (share: number): boolean => this.unit() < share;

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** Log-normal with this median; `spread` is the standard deviation of its logarithm. */
  around = (median: number, spread: number): number => median * Math.exp(spread * this.normal());
  /** Exponential with this mean. */
  wait = (mean: number): number => -mean * Math.log(1 - this.unit());
}

/** Draws 0 to count - 1 by Zipf's law with this exponent. */
export class Zipf {
  readonly #sums: Float64Array;

  constructor(count: number, exponent: number) {
    this.#sums = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += 1 / (i + 1) ** exponent;
      this.#sums[i] = sum;
    }
  }

  draw(random: Random): number {
    const sums = this.#sums;
    const goal = random.unit() * (sums[sums.length - 1] as number);
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) <= goal) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
