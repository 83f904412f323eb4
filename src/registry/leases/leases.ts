import type { Actor } from '../journal/journal.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { AddressSource } from './address-source.ts';

/**
 * `reserved` → `active` → (`retiring`) → `quarantined` → `free`. The first three hold the MAC address; `quarantined`
 * keeps it from others until `freeAt`; `free` is history.
 */
export type LeaseState = 'reserved' | 'active' | 'retiring' | 'quarantined' | 'free';

/** One MAC address held by one holder for one stretch of time, and the addresses that came with it. */
export interface Lease {
  /** Unique for ever; later leases have higher ones. */
  readonly id: number;
  /** `02:1a:3f:00:10:01`; a pseudonym `mac-…` once the lease is old data, `erased` after an erasure. */
  readonly mac: string;
  readonly state: LeaseState;
  /** The NIC that holds it; absent for an address that was leased or reserved for no NIC in particular. */
  readonly guest?: string;
  readonly nic?: number;
  readonly owner?: string;
  readonly segment?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** `site`: a NIC of the site holds it, and only a change of the site ends it. `request`: made by `mac lease` and its like. */
  readonly source: 'site' | 'request';
  /** Milliseconds since the epoch, like all times. */
  readonly since: number;
  readonly releasedAt?: number;
  /** End of the quarantine. */
  readonly freeAt?: number;
  /** Why it was reserved, or where it was imported from. */
  readonly comment?: string;
}

/** What one wants: all of it is optional. An item without a MAC gets one from the pool, without IPs none or new ones. */
export interface LeaseWish {
  readonly guest?: string;
  readonly nic?: number;
  /** Identity of the guest for the `hashed` strategy; its name when there is none. */
  readonly uuid?: string;
  readonly owner?: string;
  readonly mac?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** With a segment the NIC gets an IPv4 address, and an IPv6 address where the segment has a `subnet6`. */
  readonly segment?: string;
  /** Pool for this wish instead of the order's: NICs of one order may be in segments with pools of their own. */
  readonly pool?: PoolSpace;
  readonly comment?: string;
}

export interface LeaseOrder {
  /** Pool for the wishes without a MAC. May be absent when every wish names one. */
  readonly pool?: PoolSpace;
  /** A number: so many MAC addresses for nobody in particular. */
  readonly wishes: readonly LeaseWish[] | number;
  /** The wishes as they were asked for, where some were filled in since; a request key stands for these. */
  readonly asked?: readonly LeaseWish[];
  /**
   * What was asked for in the words of who asked; a request key stands for it rather than for pools and wishes that
   * were made of it, since those follow the site.
   */
  readonly request?: string;
  /** Segments that wishes name. */
  readonly segments?: readonly SegmentSpace[];
  readonly state: 'reserved' | 'active';
  /** Of every wish that names none. */
  readonly owner?: string;
  readonly comment?: string;
  /** Idempotency key, 1 to 200 characters: the same key with the same order answers with the same leases again. */
  readonly requestKey?: string;
  /** Journal kind; default `lease` or `reserve`. */
  readonly kind?: string;
  /** Answers the leases that would be made, and makes none. */
  readonly onlyPlan?: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/** What IP addresses of a segment are drawn from. */
export interface SegmentSpace {
  readonly name: string;
  readonly subnet: import('../../model/subnet.ts').Ipv4Subnet;
  readonly subnet6?: import('../../model/subnet.ts').Ipv6Subnet;
  /** `opaque`: RFC 7217; `eui64`: derived from the MAC (RFC 4291). */
  readonly address6: 'opaque' | 'eui64';
}

export interface ReleaseOrder {
  /** Leases that end; all of them or none. */
  readonly ids: readonly number[];
  /** Seconds of quarantine by lease id; 0 frees at once. */
  readonly quarantine: (lease: Lease) => number;
  /** Answers the leases as they would be, and ends none. */
  readonly onlyPlan?: boolean;
  readonly actor: Actor;
  readonly now: number;
  readonly requestKey?: string;
}

export interface LeaseQuery {
  readonly owner?: string;
  readonly segment?: string;
  /** Bounds of a pool or any range, both included. */
  readonly range?: { readonly first: number; readonly last: number };
  /** All but `free` unless given. */
  readonly states?: readonly LeaseState[];
  readonly guest?: string;
  /** Begun before, or at or after, this time. */
  readonly before?: number;
  readonly after?: number;
  /** Ids above it: the `next` of the page before. */
  readonly from?: number;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** How full a range is. */
export interface Fill {
  readonly at: number;
  readonly held: number;
  readonly quarantined: number;
}

/** The fill of each part of a range, in their order. */
export interface PartFill {
  readonly at: number;
  readonly held: readonly number[];
  readonly quarantined: readonly number[];
}

/**
 * Every lease of the registry, those of the site's NICs among them. Durable and atomic like the rest of the registry;
 * several processes may use one store at the same time, and a unique key, not memory, keeps an address from being
 * given twice. Each change writes its journal entry in the same transaction. Methods reject with `registry-failed`
 * when the store fails; nothing has changed then.
 */
export interface Leases extends AddressSource {
  /**
   * All wishes or none, in one durable transaction; the answer is in their order. A NIC that holds a lease already
   * gets that one (a `reserved` one becomes `active`), one that comes back gets what it had while that is free.
   * `conflict` names who holds an address; `pool-exhausted` has size, free, held, quarantined and nextFreeAt.
   */
  lease(order: LeaseOrder): Promise<Lease[]>;
  /**
   * Ends leases of source `request`. `not-found` for an unknown id, `conflict` for one of the site or one that was
   * released before, unless it rests in quarantine and is now freed at once. With the address that a NIC uses goes the
   * other one that it has while it rotates, at the end of the answer; `conflict` for that one alone.
   */
  release(order: ReleaseOrder): Promise<Lease[]>;
  /** In the order of ids. */
  list(query: LeaseQuery): Promise<{ leases: Lease[]; next?: number }>;
  /** How many leases a query would list. */
  count(query: Omit<LeaseQuery, 'limit' | 'from'>): Promise<number>;
  /** Every lease there ever was of a MAC address, newest first. Under 1 ms, whatever the registry holds. */
  ofMac(mac: number): Promise<Lease[]>;
  /** The leases that were made for a request key, in the order of its wishes; empty for a key that is not known. */
  ofRequest(key: string): Promise<Lease[]>;
  /** What NICs hold, in no order: each one lease, two while it rotates. */
  heldBy(nics: readonly { readonly guest: string; readonly nic: number }[]): Promise<Lease[]>;
  /** Leases by id, in the order asked for; unknown ones are left out. */
  byId(ids: readonly number[]): Promise<Lease[]>;
  /** Addresses that were seen on the wire but are not leased: never drawn. Replaces the set given before. */
  avoid(macs: Iterable<number>): void;
  /** How full a range is now. */
  fill(range: { readonly first: number; readonly last: number }, now: number): Promise<Fill>;
  /**
   * How full a range is, part by part: parts of `size` addresses from its first on, the last one may be shorter. At most
   * 4096 parts.
   */
  fillByPart(range: { readonly first: number; readonly last: number }, size: number, now: number): Promise<PartFill>;
  /** Fill of a pool hour by hour, oldest first, as it was noted with each change. */
  fillHistory(pool: string, since: number): Promise<Fill[]>;
}
