import { FreeMap } from './free-map.ts';
import type { DrawIdentity, PlaceOrder } from './place-order.ts';

/**
 * Free places of a pool by its strategy. It remembers which are taken; every method takes O(log places) time at any
 * fill, and the last free one is found.
 */
export class PlacePicker {
  readonly #order: PlaceOrder;
  readonly #map: FreeMap;
  readonly #random: (max: number) => number;
  /** Where the `cycle` strategy goes on: the next place that it looks at. */
  cursor: number;
  /** Holes that the walk came across and took in the map. */
  #holesMet = 0;

  /** `random` answers an integer from 0 to max - 1. */
  constructor(order: PlaceOrder, random: (max: number) => number, cursor: number) {
    this.#order = order;
    this.#map = new FreeMap(order.places);
    this.#random = random;
    this.cursor = cursor;
  }

  get free(): number {
    return this.#order.usable.size - (this.#map.taken - this.#holesMet);
  }

  /** Whether it was free. */
  take(place: number): boolean {
    return this.#map.take(place);
  }

  /** Whether it was taken. `place` is not a hole. */
  give(place: number): boolean {
    return this.#map.give(place);
  }

  /** The next free place, which is not taken by that; -1 when there is none. A `hashed` pool takes any without an identity. */
  pick(identity?: DrawIdentity): number {
    if (this.free === 0) return -1;
    const { strategy } = this.#order.space;
    if (strategy === 'sequential') return this.#map.lowestFree();
    if (strategy === 'cycle') return this.#step();
    if (strategy === 'hashed' && identity !== undefined) return this.firstOf(this.#order.hashed(identity));
    return this.#map.nthFree(this.#random(this.#map.free));
  }

  /** The first of these addresses that is free, or the next free place after the first of them. */
  firstOf(macs: readonly number[]): number {
    const { usable } = this.#order;
    for (const mac of macs) {
      const rank = usable.rankOf(mac);
      if (rank >= 0 && !this.#map.has(rank)) return rank;
    }
    const rank = this.#map.lowestFree(usable.rankFrom(macs[0] as number));
    return rank < 0 ? this.#map.lowestFree() : rank;
  }

  /** Along the walk to the next free place. A hole is taken when it is met, so each costs a step only once. */
  #step(): number {
    for (;;) {
      let place = this.#map.lowestFree(this.cursor);
      if (place < 0) place = this.#map.lowestFree();
      this.cursor = place + 1 === this.#order.places ? 0 : place + 1;
      if (!this.#order.hasHoles || this.#order.holds(this.#order.macAt(place))) return place;
      this.#map.take(place);
      this.#holesMet++;
    }
  }
}
