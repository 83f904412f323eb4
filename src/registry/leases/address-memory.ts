import type { PoolSpace, Span } from '../pools/pool-space.ts';
import type { LeaseRow } from '../tables.ts';
import type { SegmentSpace } from './leases.ts';
import { type PoolMap, poolIdentity } from './pool-map.ts';
import type { SegmentMap } from './segment-map.ts';

/** What a lease keeps from others, as its row has it. */
export type Addresses = Pick<LeaseRow, 'mac' | 'segment' | 'ipv4'>;

/**
 * What became of addresses: `held`: a lease of them began; `rested`: a lease ended and its quarantine began; `freed`:
 * a lease ended without one; `woken`: a quarantine ended, and nobody else holds the address or has it in quarantine.
 */
export interface AddressChanges {
  readonly held?: readonly Addresses[];
  readonly rested?: readonly Addresses[];
  readonly freed?: readonly Addresses[];
  readonly woken?: readonly Addresses[];
}

/** Pools and segments whose maps are kept at a time. */
const mapLimit = 1000;

/** What this process remembers of the store, so that a draw is O(log n): hints; the store's unique keys decide. */
export class AddressMemory {
  readonly #pools = new Map<string, PoolMap>();
  readonly #segments = new Map<string, SegmentMap>();
  #avoided: ReadonlySet<number> = new Set();

  get pools(): Iterable<PoolMap> {
    return this.#pools.values();
  }

  get avoided(): ReadonlySet<number> {
    return this.#avoided;
  }

  avoid(macs: Iterable<number>): void {
    this.#avoided = new Set(macs);
    for (const { draw } of this.#pools.values()) draw.avoid(this.#avoided);
  }

  /** The map of a pool as it is now; undefined when it was not read yet or the pool has changed. */
  pool(space: PoolSpace): PoolMap | undefined {
    const map = this.#pools.get(space.name);
    return map?.identity === poolIdentity(space) ? map : undefined;
  }

  /** A map that knows all of a range and nothing else, if there is one that others did not make stale. */
  exactly({ first, last }: Span): PoolMap | undefined {
    for (const map of this.#pools.values()) {
      const { space } = map.draw;
      if (!map.stale && space.first === first && space.last === last && space.holes.length === 0) return map;
    }
    return undefined;
  }

  keepPool(map: PoolMap): void {
    map.draw.avoid(this.#avoided);
    keep(this.#pools, map.draw.space.name, map);
  }

  dropPool(map: PoolMap): void {
    if (this.#pools.get(map.draw.space.name) === map) this.#pools.delete(map.draw.space.name);
  }

  segment({ name, subnet }: SegmentSpace): SegmentMap | undefined {
    const map = this.#segments.get(name);
    return map?.subnet === subnet.text ? map : undefined;
  }

  keepSegment(name: string, map: SegmentMap): void {
    keep(this.#segments, name, map);
  }

  dropSegment(name: string): void {
    this.#segments.delete(name);
  }

  /** Another process has changed the store. */
  outdate(): void {
    for (const map of this.#pools.values()) map.stale = true;
    for (const map of this.#segments.values()) map.stale = true;
  }

  /** Forgets everything: the next draw reads it from the store. */
  forget(): void {
    this.#pools.clear();
    this.#segments.clear();
  }

  /** Takes a change over. Answers what takes it back. */
  change(changes: AddressChanges): () => void {
    // What ends comes first: a NIC that comes back holds what woke for it.
    this.#forEach(
      changes.woken,
      (map, mac) => map.wake(mac),
      (map, ip) => map.give(ip),
    );
    this.#forEach(
      changes.freed,
      (map, mac) => map.unhold(mac),
      (map, ip) => map.give(ip),
    );
    this.#forEach(
      changes.rested,
      (map, mac) => map.rest(mac),
      () => undefined,
    );
    this.#forEach(
      changes.held,
      (map, mac) => map.hold(mac),
      (map, ip) => map.take(ip),
    );
    return () => {
      this.#forEach(
        changes.held,
        (map, mac) => map.unhold(mac),
        (map, ip) => map.give(ip),
      );
      this.#forEach(
        changes.rested,
        (map, mac) => map.unrest(mac),
        () => undefined,
      );
      this.#forEach(
        changes.freed,
        (map, mac) => map.hold(mac),
        (map, ip) => map.take(ip),
      );
      this.#forEach(
        changes.woken,
        (map, mac) => map.lull(mac),
        (map, ip) => map.take(ip),
      );
    };
  }

  #forEach(
    addresses: readonly Addresses[] | undefined,
    onMac: (map: PoolMap, mac: number) => void,
    onIpv4: (map: SegmentMap, address: string) => void,
  ): void {
    if (addresses === undefined || addresses.length === 0) return;
    for (const map of this.#pools.values()) {
      const { first, last } = map.draw.space;
      for (const { mac } of addresses) if (mac !== null && mac >= first && mac <= last) onMac(map, mac);
    }
    if (this.#segments.size === 0) return;
    for (const { segment, ipv4 } of addresses) {
      const map = segment === null || ipv4 === null ? undefined : this.#segments.get(segment);
      if (map !== undefined) onIpv4(map, ipv4 as string);
    }
  }
}

/** The one that was read first makes room. */
function keep<T>(maps: Map<string, T>, name: string, map: T): void {
  maps.delete(name);
  const oldest = maps.size >= mapLimit ? maps.keys().next().value : undefined;
  if (oldest !== undefined) maps.delete(oldest);
  maps.set(name, map);
}
