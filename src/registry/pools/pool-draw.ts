import { createHmac, randomInt } from 'node:crypto';
import { FreeMap } from './free-map.ts';
import { KeyedPermutation } from './keyed-permutation.ts';
import type { PoolSpace } from './pool-space.ts';
import { UsableSpans } from './usable-spans.ts';

/** How long an address that was drawn is kept from other draws, in milliseconds, unless it is settled or withdrawn. */
export const offerTime = 60_000;

/** Above this size leases lie too far apart for a bitmap: a `random`, `hashed` or `cycle` pool only proposes. */
const trackedSize = 2 ** 28;

/** Positions that the `hashed` strategy tries before it takes the next free address. */
const hashAttempts = 4;

export interface PoolDrawOptions {
  /** Secret of the site: key of the `hashed` and `cycle` strategies. */
  readonly siteKey: string | Buffer;
  /** Where the `cycle` strategy goes on; 0 unless given. */
  readonly cursor?: number;
  /** An integer from 0 to max - 1; `crypto.randomInt` unless given. */
  readonly random?: (max: number) => number;
}

/** Who looks for an address, for the `hashed` strategy. */
export interface DrawIdentity {
  /** UUID or name. */
  readonly guest: string;
  readonly nic: number;
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
  /** Addresses without holes. */
  readonly size: number;
  /** Whether `draw` answers with addresses that are certainly not marked; false: candidates. */
  readonly tracked: boolean;
  readonly #usable: UsableSpans;
  readonly #siteKey: string | Buffer;
  readonly #random: (max: number) => number;
  /** Of the `cycle` strategy: places of addresses in the walk. */
  readonly #walk: KeyedPermutation | undefined;
  /** By place in the walk, else by rank among the usable addresses. */
  readonly #map: FreeMap | undefined;
  /** Holes that the walk came across and took in the map. */
  #holesMet = 0;
  #cursor: number;
  /** Addresses that were drawn and are kept from others until then. In the order of time. */
  readonly #offered = new Map<number, number>();
  #avoided: ReadonlySet<number> = new Set();
  /** Addresses that are marked, of those that are offered or avoided and so are taken in the map anyway. */
  readonly #markedBelow = new Set<number>();

  constructor(space: PoolSpace, options: PoolDrawOptions) {
    const { first, last, strategy } = space;
    const range = last - first + 1;
    this.space = space;
    this.#usable = new UsableSpans(space);
    this.size = this.#usable.size;
    this.#siteKey = options.siteKey;
    this.#random = options.random ?? ((max) => randomInt(max));
    const walks = strategy === 'cycle';
    const places = walks ? range : this.size;
    this.tracked = strategy === 'sequential' ? places <= 2 ** 40 : places <= trackedSize;
    if (walks) this.#walk = new KeyedPermutation(range, options.siteKey, `cycle\0${space.name}\0${first}\0${last}`);
    if (this.tracked) this.#map = new FreeMap(places);
    this.#cursor = (options.cursor ?? 0) % range;
  }

  /** Addresses that could be drawn now; undefined where it is not tracked. */
  get free(): number | undefined {
    return this.#map === undefined ? undefined : this.size - (this.#map.taken - this.#holesMet);
  }

  /** Where the walk of the `cycle` strategy goes on, 0 to range - 1. The store keeps it with the leases. */
  get cursor(): number {
    return this.#cursor;
  }

  set cursor(place: number) {
    this.#cursor = place % (this.space.last - this.space.first + 1);
  }

  /** Whether the address is one of the pool: in its range and in no hole. */
  holds(mac: number): boolean {
    return this.#usable.rankOf(mac) >= 0;
  }

  /** A lease of the address begins. An address that is not of the pool, or is marked already, changes nothing. */
  mark(mac: number): void {
    if (this.#map === undefined || !this.holds(mac)) return;
    if (this.#offered.has(mac) || this.#avoided.has(mac)) this.#markedBelow.add(mac);
    else this.#map.take(this.#placeOf(mac));
  }

  /** The address is free again: its quarantine is over. */
  unmark(mac: number): void {
    if (this.#map === undefined || !this.holds(mac)) return;
    if (this.#offered.has(mac) || this.#avoided.has(mac)) this.#markedBelow.delete(mac);
    else this.#map.give(this.#placeOf(mac));
  }

  /** Addresses that are never drawn though nobody leases them. Replaces those given before. */
  avoid(macs: Iterable<number>): void {
    const before = this.#avoided;
    const now = new Set<number>();
    for (const mac of macs) if (this.holds(mac)) now.add(mac);
    for (const mac of now) if (!before.has(mac) && !this.#offered.has(mac)) this.#cover(mac);
    this.#avoided = now;
    for (const mac of before) this.#uncover(mac);
  }

  /**
   * The next address, by the strategy; a `hashed` pool draws at random without an identity. Undefined when none is
   * free. For 60 s it is given to nobody else, unless it is withdrawn. `now` is in milliseconds.
   */
  draw(now: number, identity?: DrawIdentity): number | undefined {
    this.#expire(now);
    const mac = this.#map === undefined ? this.#propose(identity) : this.#pick(this.#map, identity);
    if (mac === undefined) return undefined;
    this.#cover(mac);
    this.#offered.set(mac, now + offerTime);
    return mac;
  }

  /** What was drawn is leased now: it is marked. */
  settle(mac: number): void {
    this.mark(mac);
    if (this.#offered.delete(mac)) this.#uncover(mac);
  }

  /** What was drawn is not needed: others may get it. */
  withdraw(mac: number): void {
    if (this.#offered.delete(mac)) this.#uncover(mac);
  }

  #expire(now: number): void {
    for (const [mac, until] of this.#offered) {
      if (until > now) return;
      this.#offered.delete(mac);
      this.#uncover(mac);
    }
  }

  #pick(map: FreeMap, identity: DrawIdentity | undefined): number | undefined {
    if (this.free === 0) return undefined;
    switch (this.space.strategy) {
      case 'sequential':
        return this.#usable.addressOf(map.lowestFree());
      case 'cycle':
        return this.#step(map);
      case 'hashed':
        if (identity !== undefined) return this.#hashed(map, identity);
    }
    return this.#usable.addressOf(map.nthFree(this.#random(map.free)));
  }

  /** Along the walk to the next free place. A hole is taken when it is met, so each costs a step only once. */
  #step(map: FreeMap): number {
    const { first, last } = this.space;
    for (;;) {
      let place = map.lowestFree(this.#cursor);
      if (place < 0) place = map.lowestFree();
      this.#cursor = place === last - first ? 0 : place + 1;
      const mac = first + (this.#walk as KeyedPermutation).at(place);
      if (this.holds(mac)) return mac;
      map.take(place);
      this.#holesMet++;
    }
  }

  #hashed(map: FreeMap, identity: DrawIdentity): number {
    let from = 0;
    for (let attempt = 0; attempt < hashAttempts; attempt++) {
      const mac = this.#hash(identity, attempt);
      const rank = this.#usable.rankOf(mac);
      if (rank >= 0 && !map.has(rank)) return mac;
      if (attempt === 0) from = this.#usable.rankFrom(mac);
    }
    const rank = map.lowestFree(from);
    return this.#usable.addressOf(rank < 0 ? map.lowestFree() : rank);
  }

  /** A position in the whole range: holes that come and go move nobody else. */
  #hash({ guest, nic }: DrawIdentity, attempt: number): number {
    const { first, last } = this.space;
    const text = `mac\0${first}\0${last}\0${guest}\0${nic}\0${attempt}`;
    const digest = createHmac('sha256', this.#siteKey).update(text).digest();
    // 53 bits: as even as a number of JavaScript gets, and 8192 times as many as the largest pool needs.
    const value = digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11);
    return first + (value % (last - first + 1));
  }

  /** A candidate of a pool that is not tracked. */
  #propose(identity: DrawIdentity | undefined): number | undefined {
    const open = (mac: number): boolean => this.holds(mac) && !this.#offered.has(mac) && !this.#avoided.has(mac);
    if (this.#offered.size + this.#avoided.size >= this.size) return undefined;
    const { first, last, strategy } = this.space;
    if (strategy === 'cycle') {
      for (;;) {
        const mac = first + (this.#walk as KeyedPermutation).at(this.#cursor);
        this.#cursor = this.#cursor === last - first ? 0 : this.#cursor + 1;
        if (open(mac)) return mac;
      }
    }
    if (strategy === 'hashed' && identity !== undefined) {
      for (let attempt = 0; attempt < hashAttempts; attempt++) {
        const mac = this.#hash(identity, attempt);
        if (open(mac)) return mac;
      }
    }
    for (;;) {
      const mac = this.#usable.addressOf(this.#random(this.size));
      if (open(mac)) return mac;
    }
  }

  #placeOf(mac: number): number {
    return this.#walk === undefined ? this.#usable.rankOf(mac) : this.#walk.positionOf(mac - this.space.first);
  }

  /** The address becomes offered or avoided: it is taken in the map. */
  #cover(mac: number): void {
    if (this.#map !== undefined && !this.#map.take(this.#placeOf(mac))) this.#markedBelow.add(mac);
  }

  /** The address is no longer offered or no longer avoided. */
  #uncover(mac: number): void {
    if (this.#map === undefined || this.#offered.has(mac) || this.#avoided.has(mac)) return;
    if (!this.#markedBelow.delete(mac)) this.#map.give(this.#placeOf(mac));
  }
}
