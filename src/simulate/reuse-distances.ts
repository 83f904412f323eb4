/** Times of release are kept of so many places at most; of a larger pool those are a sample. */
const watchedPlaces = 2 ** 25;

/** How long after its release an address was used again. Times are in seconds. */
export interface ReuseReport {
  /** Leases of addresses that nobody had before, and of those that somebody had. */
  readonly first: number;
  readonly again: number;
  /** Shortest distance, the one that 1 % are not longer than, and the middle one; absent when none was used again. */
  readonly min?: number;
  readonly p1?: number;
  readonly median?: number;
  /** Addresses that were used again while a DHCP lease of the guest before may still hold. */
  readonly insideDhcpLease: number;
  /** Part of the addresses that was watched: 1, or less for a pool of more than 2^25. */
  readonly watched: number;
  /** Share of the reuses that come after at most so many seconds; ascending, both. */
  readonly curve: readonly { readonly seconds: number; readonly share: number }[];
}

/** Collects the distances of a simulation in ticks. */
export class ReuseDistances {
  readonly #watched: number;
  readonly #places: number;
  /** Tick after the last release of each place, 0 for none. */
  readonly #released: Uint32Array;
  /** Reuses by their distance. */
  readonly #counts: Float64Array;
  #first = 0;

  constructor(places: number, ticks: number) {
    this.#places = places;
    this.#watched = Math.min(places, watchedPlaces);
    this.#released = new Uint32Array(this.#watched);
    this.#counts = new Float64Array(ticks + 1);
  }

  release(places: readonly number[], tick: number): void {
    for (const place of places) if (place < this.#watched) this.#released[place] = tick + 1;
  }

  lease(place: number, tick: number): void {
    if (place >= this.#watched) return;
    const released = this.#released[place] as number;
    if (released === 0) {
      this.#first++;
      return;
    }
    const distance = tick + 1 - released;
    this.#counts[distance] = (this.#counts[distance] as number) + 1;
  }

  /** `tick` and `dhcpLease` in seconds. */
  report(tick: number, dhcpLease: number): ReuseReport {
    const again = this.#counts.reduce((sum, count) => sum + count, 0);
    const inside = this.#counts.subarray(0, Math.ceil(dhcpLease / tick));
    const figures = {
      first: this.#first,
      again,
      insideDhcpLease: inside.reduce((sum, count) => sum + count, 0),
      watched: this.#watched / this.#places,
    };
    if (again === 0) return { ...figures, curve: [] };
    return {
      ...figures,
      min: this.#quantile(1) * tick,
      p1: this.#quantile(again * 0.01) * tick,
      median: this.#quantile(again * 0.5) * tick,
      curve: this.#curve(again, tick),
    };
  }

  /** The distance in ticks that at least so many reuses are not longer than. */
  #quantile(reuses: number): number {
    let sum = 0;
    for (const [distance, count] of this.#counts.entries()) {
      sum += count;
      if (sum >= reuses) return distance;
    }
    return this.#counts.length - 1;
  }

  /** 16 points per factor of ten, as far as there are distances. */
  #curve(again: number, tick: number): { seconds: number; share: number }[] {
    const points: { seconds: number; share: number }[] = [];
    let sum = 0;
    let next = 1;
    for (const [distance, count] of this.#counts.entries()) {
      sum += count;
      if (distance < next && sum < again) continue;
      points.push({ seconds: distance * tick, share: sum / again });
      if (sum >= again) break;
      next = Math.max(distance + 1, Math.floor(distance * 10 ** (1 / 16)));
    }
    return points;
  }
}
