import { randomInt } from 'node:crypto';
import { type DrawIdentity, PlaceOrder } from './place-order.ts';
import { PlacePicker } from './place-picker.ts';
import type { PoolSpace } from './pool-space.ts';

/** How long an address that was drawn is kept from other draws, in milliseconds, unless it is settled or withdrawn. */
export const offerTime = 60_000;

/** With more places leases of a pool lie too far apart for a bitmap, unless it fills from the lowest up. */
const trackedPlaces = 2 ** 28;

export interface PoolDrawOptions {
  /** Secret of the site: key of the `hashed` and `cycle` strategies. */
  readonly siteKey: string | Buffer;
  /** Where the `cycle` strategy goes on; 0 unless given. */
  readonly cursor?: number;
  /** An integer from 0 to max - 1; `crypto.randomInt` unless given. */
  readonly random?: (max: number) => number;
}

/**
 * Free addresses of one pool, by its strategy. It knows in memory which are taken: the store marks an address when a
 * lease of it begins and unmarks it when it is free again (after the quarantine). Every method takes O(log size) time
 * at any fill, and the last free address is found. A pool whose range or holes change needs a new one.
 *
 * With `tracked: false` (a huge range) it keeps no memory of what is taken, `mark` and `unmark` do nothing, and what it
 * draws is a candidate: the caller looks it up in the store and draws again while it is taken. A candidate that was
 * refused is not withdrawn, so that the next draw gives another one; the offer runs out by itself.
 */
export class PoolDraw {
  readonly space: PoolSpace;
  /** Whether `draw` answers with addresses that are certainly not marked; false: candidates. */
  readonly tracked: boolean;
  readonly #order: PlaceOrder;
  readonly #random: (max: number) => number;
  readonly #picker: PlacePicker | undefined;
  /** Where the `cycle` strategy goes on in a pool that is not tracked. */
  #cursor: number;
  /** Addresses that were drawn and are kept from others until then. In the order of time. */
  readonly #offered = new Map<number, number>();
  #avoided: ReadonlySet<number> = new Set();
  /** Addresses that are marked, of those that are offered or avoided and so are taken in any case. */
  readonly #markedBelow = new Set<number>();

  constructor(space: PoolSpace, options: PoolDrawOptions) {
    const order = new PlaceOrder(space, options.siteKey);
    this.space = space;
    this.#order = order;
    this.#random = options.random ?? ((max) => randomInt(max));
    this.#cursor = (options.cursor ?? 0) % Math.max(1, order.places);
    this.tracked = space.strategy === 'sequential' || order.places <= trackedPlaces;
    if (this.tracked) this.#picker = new PlacePicker(order, this.#random, this.#cursor);
  }

  /** Addresses without holes. */
  get size(): number {
    return this.#order.usable.size;
  }

  /** Addresses that could be drawn now; undefined where it is not tracked. */
  get free(): number | undefined {
    return this.#picker?.free;
  }

  /** Where the walk of the `cycle` strategy goes on: a place in it. The store keeps it with the leases. */
  get cursor(): number {
    return this.#picker?.cursor ?? this.#cursor;
  }

  set cursor(place: number) {
    this.#cursor = place % Math.max(1, this.#order.places);
    if (this.#picker !== undefined) this.#picker.cursor = this.#cursor;
  }

  /** Whether the address is one of the pool: in its range and in no hole. */
  holds(mac: number): boolean {
    return this.#order.holds(mac);
  }

  /** A lease of the address begins. An address that is not of the pool, or is marked already, changes nothing. */
  mark(mac: number): void {
    if (this.#picker === undefined || !this.holds(mac)) return;
    if (this.#isAside(mac)) this.#markedBelow.add(mac);
    else this.#picker.take(this.#order.placeOf(mac));
  }

  /** The address is free again: its quarantine is over. */
  unmark(mac: number): void {
    if (this.#picker === undefined || !this.holds(mac)) return;
    if (this.#isAside(mac)) this.#markedBelow.delete(mac);
    else this.#picker.give(this.#order.placeOf(mac));
  }

  /** Addresses that are never drawn though nobody leases them. Replaces those given before. */
  avoid(macs: Iterable<number>): void {
    const before = this.#avoided;
    const now = new Set<number>();
    for (const mac of macs) if (this.holds(mac)) now.add(mac);
    for (const mac of now) if (!this.#isAside(mac)) this.#cover(mac);
    this.#avoided = now;
    for (const mac of before) this.#uncover(mac);
  }

  /**
   * The next address, by the strategy; a `hashed` pool draws at random without an identity. Undefined when none is
   * free. For 60 s it is given to nobody else, unless it is withdrawn. `now` is in milliseconds.
   */
  draw(now: number, identity?: DrawIdentity): number | undefined {
    this.#expire(now);
    const mac = this.#picker === undefined ? this.#propose(identity) : this.#pick(this.#picker, identity);
    if (mac === undefined) return undefined;
    this.#cover(mac);
    this.#offered.set(mac, now + offerTime);
    return mac;
  }

  /** What was drawn is leased now: it is marked. */
  settle(mac: number): void {
    this.mark(mac);
    this.withdraw(mac);
  }

  /** What was drawn is not needed: others may get it. */
  withdraw(mac: number): void {
    if (this.#offered.size > 0 && this.#offered.delete(mac)) this.#uncover(mac);
  }

  #expire(now: number): void {
    for (const [mac, until] of this.#offered) {
      if (until > now) return;
      this.withdraw(mac);
    }
  }

  #pick(picker: PlacePicker, identity: DrawIdentity | undefined): number | undefined {
    const place = picker.pick(identity);
    return place < 0 ? undefined : this.#order.macAt(place);
  }

  /** A candidate of a pool that is not tracked. Few addresses of it are aside or holes, so the loop is short. */
  #propose(identity: DrawIdentity | undefined): number | undefined {
    const { usable, space, places } = this.#order;
    if (this.#offered.size + this.#avoided.size >= usable.size) return undefined;
    const isOpen = (mac: number): boolean => this.holds(mac) && !this.#isAside(mac);
    const hashed = space.strategy === 'hashed' && identity !== undefined ? this.#order.hashed(identity) : [];
    let mac = hashed.find(isOpen);
    while (mac === undefined || !isOpen(mac)) {
      if (space.strategy !== 'cycle') mac = usable.addressOf(this.#random(usable.size));
      else {
        mac = this.#order.macAt(this.#cursor);
        this.#cursor = this.#cursor + 1 === places ? 0 : this.#cursor + 1;
      }
    }
    return mac;
  }

  /** Offered or avoided: nobody else may draw it, marked or not. */
  #isAside(mac: number): boolean {
    // Looking up a number this large is slow even in an empty map, and ten million are marked at a start.
    return (this.#offered.size > 0 && this.#offered.has(mac)) || (this.#avoided.size > 0 && this.#avoided.has(mac));
  }

  /** The address is put aside: it is taken in the map. */
  #cover(mac: number): void {
    if (this.#picker !== undefined && !this.#picker.take(this.#order.placeOf(mac))) this.#markedBelow.add(mac);
  }

  /** The address is no longer offered or no longer avoided. */
  #uncover(mac: number): void {
    if (this.#picker === undefined || this.#isAside(mac)) return;
    if (!this.#markedBelow.delete(mac)) this.#picker.give(this.#order.placeOf(mac));
  }
}
