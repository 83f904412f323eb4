/** Places that rest after their release, in the order of their release: a ring that grows. */
export class RestingQueue {
  #places = new Float64Array(1024);
  #ticks = new Uint32Array(1024);
  #head = 0;
  size = 0;

  push(place: number, tick: number): void {
    if (this.size === this.#places.length) this.#grow();
    const at = (this.#head + this.size) & (this.#places.length - 1);
    this.#places[at] = place;
    this.#ticks[at] = tick;
    this.size++;
  }

  /** The place that was released first, if that was at or before `tick`; else -1. */
  shift(tick: number): number {
    if (this.size === 0 || (this.#ticks[this.#head] as number) > tick) return -1;
    const place = this.#places[this.#head] as number;
    this.#head = (this.#head + 1) & (this.#places.length - 1);
    this.size--;
    return place;
  }

  /** Lengths are powers of two, so that an index wraps by a mask. */
  #grow(): void {
    const { length } = this.#places;
    const places = new Float64Array(length * 2);
    const ticks = new Uint32Array(length * 2);
    for (let step = 0; step < length; step++) {
      const at = (this.#head + step) & (length - 1);
      places[step] = this.#places[at] as number;
      ticks[step] = this.#ticks[at] as number;
    }
    this.#places = places;
    this.#ticks = ticks;
    this.#head = 0;
  }
}
