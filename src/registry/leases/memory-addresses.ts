import type { Assignments } from '../../model/assignments.ts';
import { ipv4ToInteger } from '../../model/ip-address.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import { PoolDraw } from '../pools/pool-draw.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { AddressSource, DrawWish } from './address-source.ts';
import { macOfLease } from './lease-rows.ts';
import { holdsAddress } from './lease-states.ts';
import type { Lease, SegmentSpace } from './leases.ts';
import { poolExhausted } from './pool-exhausted.ts';
import { poolIdentity } from './pool-map.ts';
import { SegmentMap } from './segment-map.ts';

interface MemoryOptions {
  /** Key of the `hashed` and `cycle` strategies. */
  readonly siteKey: string | Buffer;
  /** An integer from 0 to max - 1; `crypto.randomInt` unless given. */
  readonly random?: (max: number) => number;
}

/** Addresses for who has no store: what is leased is given once and does not change. */
export class MemoryAddresses implements AddressSource {
  readonly #leases: readonly Lease[];
  readonly #options: MemoryOptions;
  /** Leases of each address, as `barring` names it. */
  readonly #byKey = new Map<string, Lease[]>();
  readonly #draws = new Map<string, PoolDraw>();

  constructor(leases: readonly Lease[], options: MemoryOptions) {
    this.#leases = leases;
    this.#options = options;
    for (const lease of leases) {
      for (const key of keysOf(lease)) this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), lease]);
    }
  }

  async latest(
    nics: readonly { readonly guest: string; readonly nic: number; readonly segment?: string }[],
  ): Promise<Map<string, Lease>> {
    const byNic = Map.groupBy(this.#leases, ({ guest, nic }) => (guest === undefined ? '' : nicId(guest, nic ?? 0)));
    const found = new Map<string, Lease>();
    for (const { guest, nic, segment } of nics) {
      const all = (byNic.get(nicId(guest, nic)) ?? []).toSorted(
        (a, b) => rank(b, segment) - rank(a, segment) || b.id - a.id,
      );
      if (all[0] !== undefined) found.set(nicId(guest, nic), all[0]);
    }
    return found;
  }

  async barring(keys: readonly string[], now: number): Promise<Map<string, Lease>> {
    const found = new Map<string, Lease>();
    for (const key of keys) {
      const barring = this.#barring(key, now);
      if (barring !== undefined) found.set(key, barring);
    }
    return found;
  }

  async drawMacs(pool: PoolSpace, wishes: readonly DrawWish[], now: number): Promise<number[]> {
    const draw = this.#drawOf(pool, now);
    const macs: number[] = [];
    for (const { title, identity } of wishes) {
      const mac = this.#drawFree(draw, now, identity);
      if (mac === undefined) {
        this.giveBack(macs);
        throw poolExhausted({
          ...this.#stateOf(keysWithin(pool, this.#byKey), draw.size, now),
          title: `pool "${pool.name}" (${pool.text})`,
          kind: 'MAC address',
          wish: title,
          wanted: wishes.length,
        });
      }
      macs.push(mac);
    }
    return macs;
  }

  giveBack(macs: readonly number[]): void {
    for (const draw of this.#draws.values()) for (const mac of macs) draw.withdraw(mac);
  }

  async drawIpv4(segment: SegmentSpace, count: number, title: string, now: number): Promise<number[]> {
    const map = new SegmentMap(segment);
    const prefix = `${segment.name} `;
    const keys = [...this.#byKey.keys()].filter((key) => key.startsWith(prefix) && !key.includes(':'));
    for (const key of keys) if (this.#barring(key, now) !== undefined) map.take(key.slice(prefix.length));
    const { size } = map;
    const addresses: number[] = [];
    while (addresses.length < count) {
      const address = map.lowest();
      if (address === undefined) {
        throw poolExhausted({
          ...this.#stateOf(keys, size, now),
          title: `segment "${segment.name}" (${segment.subnet.text})`,
          kind: 'IPv4 address',
          wish: title,
          wanted: count,
        });
      }
      addresses.push(ipv4ToInteger(address));
    }
    return addresses;
  }

  /** A pool that is too large to be tracked answers with candidates. */
  #drawFree(draw: PoolDraw, now: number, identity: DrawWish['identity']): number | undefined {
    for (;;) {
      const mac = draw.draw(now, identity);
      if (mac === undefined || this.#barring(macFromInteger(mac), now) === undefined) return mac;
    }
  }

  #drawOf(pool: PoolSpace, now: number): PoolDraw {
    const identity = poolIdentity(pool);
    let draw = this.#draws.get(identity);
    if (draw === undefined) {
      draw = new PoolDraw(pool, this.#options);
      for (const lease of this.#leases) {
        const mac = macOfLease(lease);
        if (mac !== undefined && bars(lease, now)) draw.mark(mac);
      }
      this.#draws.set(identity, draw);
    }
    return draw;
  }

  #barring(key: string, now: number): Lease | undefined {
    return this.#byKey
      .get(key)
      ?.filter((lease) => bars(lease, now))
      .toSorted((a, b) => Number(holdsAddress(b.state)) - Number(holdsAddress(a.state)) || b.id - a.id)[0];
  }

  /** Figures of some addresses. */
  #stateOf(
    keys: readonly string[],
    size: number,
    now: number,
  ): { size: number; free: number; held: number; quarantined: number; nextFreeAt: number | undefined } {
    const leases = keys.map((key) => this.#barring(key, now)).filter((lease) => lease !== undefined);
    const held = leases.filter(({ state }) => holdsAddress(state)).length;
    const ends = leases.flatMap(({ state, freeAt }) => (holdsAddress(state) ? [] : [freeAt ?? now]));
    return {
      size,
      free: size - leases.length,
      held,
      quarantined: leases.length - held,
      nextFreeAt: ends.length === 0 ? undefined : Math.min(...ends),
    };
  }
}

/** The leases of a site's NICs, as the registry would have them. */
export function leasesOfSite({ nics }: Assignments, since: number): Lease[] {
  const leases: Lease[] = [];
  for (const { also, ...held } of nics.values()) {
    leases.push({ ...held, id: leases.length + 1, state: 'active', source: 'site', since });
    if (also !== undefined) {
      const { guest, nic, segment } = held;
      leases.push({ guest, nic, segment, ...also, id: leases.length + 1, source: 'site', since });
    }
  }
  return leases;
}

const bars = (lease: Lease, now: number): boolean =>
  holdsAddress(lease.state) || (lease.state === 'quarantined' && (lease.freeAt ?? 0) > now);

/** The order of `latest`. */
function rank(lease: Lease, segment: string | undefined): number {
  const held = holdsAddress(lease.state) && lease.state !== 'retiring';
  const order = lease.state === 'active' ? 2 : Number(held);
  if (held && lease.source === 'request') return 10 + order;
  if (segment !== undefined && lease.segment === segment) return 5 + order;
  return order;
}

function keysOf({ mac, segment, ipv4, ipv6 }: Lease): string[] {
  const ips = [ipv4, ipv6].filter((ip) => ip !== undefined);
  return [mac, ...ips.map((ip) => `${segment} ${ip}`)];
}

function keysWithin(pool: PoolSpace, byKey: ReadonlyMap<string, Lease[]>): string[] {
  return [...byKey].flatMap(([key, leases]) => {
    const mac = key.includes(' ') ? undefined : macOfLease(leases[0] as Lease);
    const inHole = mac !== undefined && pool.holes.some(({ first, last }) => mac >= first && mac <= last);
    return mac !== undefined && mac >= pool.first && mac <= pool.last && !inHole ? [key] : [];
  });
}
