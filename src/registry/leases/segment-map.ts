import { type Ipv4Address, ipv4FromInteger, ipv4ToInteger } from '../../model/ip-address.ts';
import { FreeMap } from '../pools/free-map.ts';
import type { SegmentSpace } from './leases.ts';

/** Which IPv4 addresses of a segment are taken, as `PoolMap` knows it of MAC addresses. */
export class SegmentMap {
  readonly subnet: string;
  stale = false;
  /** The first address that a NIC may have: network and gateway come before it. */
  readonly #first: number;
  readonly #map: FreeMap;

  constructor({ subnet }: SegmentSpace) {
    this.subnet = subnet.text;
    this.#first = subnet.first + 2;
    // The last address is the broadcast address.
    this.#map = new FreeMap(Math.max(0, subnet.last - this.#first));
  }

  get size(): number {
    return this.#map.size;
  }

  get free(): number {
    return this.#map.free;
  }

  take(address: string): void {
    this.#map.take(ipv4ToInteger(address as Ipv4Address) - this.#first);
  }

  give(address: string): void {
    this.#map.give(ipv4ToInteger(address as Ipv4Address) - this.#first);
  }

  /** The lowest free address, which it takes; undefined when there is none. */
  lowest(): Ipv4Address | undefined {
    const index = this.#map.lowestFree();
    if (index < 0) return undefined;
    this.#map.take(index);
    return ipv4FromInteger(this.#first + index);
  }
}
