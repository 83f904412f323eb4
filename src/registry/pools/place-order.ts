import { createHmac } from 'node:crypto';
import { KeyedPermutation } from './keyed-permutation.ts';
import type { PoolSpace } from './pool-space.ts';
import { UsableSpans } from './usable-spans.ts';

/** Who looks for an address, for the `hashed` strategy. */
export interface DrawIdentity {
  /** UUID or name. */
  readonly guest: string;
  readonly nic: number;
}

/** A walk goes over the whole range, holes included, unless holes are more than so many times what is left. */
const holesPerUsable = 15;

/**
 * The addresses of a pool in the order in which its strategy sees them: places 0 to places - 1. The `cycle` strategy
 * walks a keyed permutation of the whole range, holes included, so that a hole that comes or goes changes nothing for
 * the others (where nearly all of the range are holes: of what is left, and each such change begins a new walk). The
 * other strategies number what is not a hole from the lowest up.
 */
export class PlaceOrder {
  readonly space: PoolSpace;
  readonly usable: UsableSpans;
  readonly places: number;
  readonly #siteKey: string | Buffer;
  /** Whether places of the walk count from the first address of the range; else they are ranks. */
  readonly #walksHoles: boolean;
  readonly #walk: KeyedPermutation | undefined;

  constructor(space: PoolSpace, siteKey: string | Buffer) {
    const { first, last, name, strategy } = space;
    this.space = space;
    this.usable = new UsableSpans(space);
    this.#siteKey = siteKey;
    const range = last - first + 1;
    this.#walksHoles = strategy === 'cycle' && range <= this.usable.size * (holesPerUsable + 1);
    this.places = this.#walksHoles ? range : this.usable.size;
    if (strategy === 'cycle' && this.places > 0) {
      this.#walk = new KeyedPermutation(this.places, siteKey, `cycle\0${name}\0${first}\0${last}`);
    }
  }

  /** Whether some places are holes. */
  get hasHoles(): boolean {
    return this.places > this.usable.size;
  }

  /** Whether the address is one of the pool: in its range and in no hole. */
  holds(mac: number): boolean {
    return this.usable.rankOf(mac) >= 0;
  }

  /** `mac` is one that the pool holds. */
  placeOf(mac: number): number {
    const value = this.#walksHoles ? mac - this.space.first : this.usable.rankOf(mac);
    return this.#walk === undefined ? value : this.#walk.positionOf(value);
  }

  /** In a walk over the whole range it may be a hole. */
  macAt(place: number): number {
    const value = this.#walk === undefined ? place : this.#walk.at(place);
    return this.#walksHoles ? this.space.first + value : this.usable.addressOf(value);
  }

  /**
   * Four addresses out of one hash, HMAC-SHA-256 under the site's key, anywhere in the range: holes that come and go
   * move nobody who is not in them. The same for the same range, guest and NIC on any host.
   */
  hashed({ guest, nic }: DrawIdentity): number[] {
    const { first, last } = this.space;
    const digest = createHmac('sha256', this.#siteKey).update(`mac\0${first}\0${last}\0${guest}\0${nic}`).digest();
    return [0, 8, 16, 24].map((at) => {
      // 53 bits: as even as a number of JavaScript gets, and 8192 times as many as the largest pool needs.
      const value = digest.readUInt32BE(at) * 2 ** 21 + (digest.readUInt32BE(at + 4) >>> 11);
      return first + (value % (last - first + 1));
    });
  }
}
