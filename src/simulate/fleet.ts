import type { SeededRandom } from './seeded-random.ts';

/**
 * The NICs of a simulated cloud, by number, and the place of each in the pool. NICs that leave make room for new ones
 * under the same numbers. What touches memory all over is done for many NICs in one loop, so that the processor waits
 * for several of them at once.
 */
export class Fleet {
  /** NICs that have an address. */
  active = 0;
  /** Numbers of the NICs that left in this step and are not replaced yet. */
  readonly vacant: number[] = [];
  readonly #places: Uint32Array | Float64Array;
  /** In the place of a NIC that left. */
  readonly #none: number;

  /** `most` NICs at once, places from 0 to places - 1. */
  constructor(most: number, places: number) {
    const isSmall = places < 2 ** 32;
    this.#places = isSmall ? new Uint32Array(most) : new Float64Array(most);
    this.#none = isSmall ? 2 ** 32 - 1 : -1;
  }

  /** Lets `count` NICs leave, any of them; answers with their places, in the order of `vacant`. */
  leave(count: number, random: SeededRandom): number[] {
    const places: number[] = [];
    const end = this.active;
    for (let step = Math.min(count, end); step > 0; step--) {
      let nic = random.below(end);
      while (this.#places[nic] === this.#none) nic = random.below(end);
      places.push(this.#places[nic] as number);
      this.#places[nic] = this.#none;
      this.vacant.push(nic);
    }
    this.active -= places.length;
    return places;
  }

  /** A new NIC at a place; answers with its number: one that is vacant, else a new one. */
  join(place: number): number {
    const nic = this.vacant.pop() ?? this.active;
    this.#places[nic] = place;
    this.active++;
    return nic;
  }

  /**
   * Numbers without gaps again, when nobody came for vacant ones: the last NICs get them. `moved` hears about each.
   */
  close(moved: (from: number, to: number) => void): void {
    let end = this.active + this.vacant.length;
    // The highest first: what is behind them is never vacant.
    for (const nic of this.vacant.sort((a, b) => b - a)) {
      end--;
      if (nic === end) continue;
      this.#places[nic] = this.#places[end] as number;
      moved(end, nic);
    }
    this.vacant.length = 0;
  }
}
