import type { ImportAnswer, ImportRequest } from '../../model/imported-nic.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Lease, LeaseState } from '../../registry/leases/leases.ts';
import type { Capacity } from '../../registry/pools/capacity.ts';
import type { ApplyResult, PlanResult } from '../engine-contract.ts';
import type { RotationView } from '../rotations/contract.ts';
import type { ConflictView, SeenView } from '../wire/contract.ts';

export type { ImportAnswer, ImportRequest, Lease, LeaseState };

/** A lease with what the site knows of its NIC and its address. */
export interface MacLease extends Lease {
  /** Smallest pool that the address lies in, as pools stand now. */
  readonly pool?: string;
  /** Who was assigned the OUI of a universal address. */
  readonly vendor?: string;
  /** Source ports of the shared address, `20000-20999`; of a NIC of the site. */
  readonly portBlock?: string;
  /** Host-side device of a NIC of the site. */
  readonly port?: string;
}

/** One address that is asked for; all of it is optional. */
export interface LeaseItem {
  readonly guest?: string;
  /** Index of the NIC; 0 unless given. */
  readonly nic?: number;
  /** Identity for the `hashed` strategy. Default: that of the site's guest, else the name. */
  readonly uuid?: string;
  readonly owner?: string;
  /** Default: that of the segment, else the first pool, and of its sub-pools the one for owner, segment or host. */
  readonly pool?: string;
  readonly host?: string;
  /** A NIC in a segment gets IP addresses. */
  readonly segment?: string;
  readonly mac?: string;
  readonly ip4?: string;
  readonly ip6?: string;
  readonly comment?: string;
}

/** Items, or how many addresses for nobody in particular. What stands here holds for every item that says nothing of it. */
export interface LeaseRequest extends Pick<LeaseItem, 'pool' | 'owner' | 'segment' | 'host' | 'comment'> {
  readonly items?: readonly LeaseItem[];
  readonly count?: number;
  /** Default `active`. */
  readonly state?: 'reserved' | 'active';
  /** The same key with the same request answers with the same leases again. */
  readonly requestKey?: string;
  /** Ask in the segment whether somebody uses an address before it is given, whatever the site says. */
  readonly probe?: boolean;
  /** MAC addresses that are named may show up on the wire already: that is the machine which shall have them. */
  readonly adopt?: boolean;
}

export interface LeaseAnswer {
  readonly leases: MacLease[];
  /** Pools that are fuller than their `warnings` allow, a sentence each. */
  readonly warnings: string[];
}

/** What shall end: every lease that one of these names. */
export interface ReleaseRequest {
  readonly macs?: readonly string[];
  readonly nics?: readonly { readonly guest: string; readonly nic: number }[];
  readonly owner?: string;
  readonly requestKey?: string;
  /** Free at once, without quarantine. */
  readonly now?: boolean;
  /** Only say what would be released. */
  readonly dryRun?: boolean;
}

export interface ReleaseAnswer {
  /** Those that end, as they are afterwards (as they are now in a dry run). */
  readonly released: MacLease[];
  /** Leases of the owner that NICs of the site hold: only a change of the site ends them. */
  readonly kept: MacLease[];
}

/** Which leases to list; conditions that are absent let everything through. */
export interface MacFilter {
  readonly owner?: string;
  readonly segment?: string;
  readonly pool?: string;
  /** Default: all but `free`, which is history. */
  readonly states?: readonly LeaseState[];
  /** Part of the vendor's name, or an OUI such as `00:50:56`. */
  readonly vendor?: string;
  readonly guest?: string;
  /** Begun before, or at or after, this time. */
  readonly before?: number;
  readonly after?: number;
}

/** What is known of one address. */
export interface MacDetails {
  readonly mac: string;
  readonly kind: MacKind;
  /** Who has it or had it last within its quarantine; absent when it is free. */
  readonly lease?: MacLease;
  readonly pool?: {
    readonly name: string;
    readonly range: string;
    readonly strategy: string;
    readonly reserved: boolean;
  };
  /** Every lease there ever was, newest first. */
  readonly history: MacLease[];
  /** Where it was seen though no NIC of the site has it there, newest first. */
  readonly seen: readonly SeenView[];
  /** Places that it showed up at besides its holder's. */
  readonly conflicts: ConflictView[];
  /** The rotation that brings it or takes it away. */
  readonly rotation?: RotationView;
  /** Entries of the journal that name it, newest first; 100 at most. A bulk change names lease ids instead. */
  readonly journal: JournalView[];
}

export interface JournalView {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly who: string;
  readonly from: string;
  readonly text: string;
}

export interface MacKind {
  readonly cast: 'unicast' | 'multicast';
  readonly scope: 'universal' | 'local';
  /** In a few words: `universal, of VMware, Inc. (00:50:56:00:00:00/24)`. */
  readonly text: string;
  /** Software that is known to make such addresses. */
  readonly habit?: string;
  /** SLAP quadrant of a local address (IEEE 802c, RFC 8948). */
  readonly quadrant?: 'AAI' | 'ELI' | 'SAI' | 'reserved';
  /** Whom the IEEE assigned the prefix of a universal address to; null when to nobody. */
  readonly vendor?: string | null;
  readonly vendorPrefix?: string;
  /** Day of the vendor registry that was asked, `2026-11-20`. */
  readonly vendorRegistryOf?: string;
}

export interface MacHolder {
  readonly mac: string;
  readonly at: number;
  /** Who held it then. */
  readonly lease?: MacLease;
  /** The last one that ended before and the first that began after, when nobody held it. */
  readonly before?: MacLease;
  readonly after?: MacLease;
}

/** A pool and how full it is. Addresses that are never drawn, and those of sub-pools, are not counted. */
export interface PoolView {
  readonly name: string;
  readonly range: string;
  readonly strategy: string;
  /** Seconds. */
  readonly quarantine: number;
  readonly kind: MacKind;
  readonly origin: 'file' | 'api';
  readonly parent?: string;
  readonly owner?: string;
  readonly segment?: string;
  readonly host?: string;
  /** Addresses of the range. */
  readonly size: number;
  /** Of these, those that are never drawn, and those of sub-pools. */
  readonly reserved: number;
  readonly carved: number;
  readonly held: number;
  readonly quarantined: number;
  readonly free: number;
  /** Held and quarantined, percent of what can be drawn; one decimal. */
  readonly percent: number;
  /** When nothing is free: the end of the first quarantine. */
  readonly nextFreeAt?: number;
  readonly warnings: string[];
}

/** How full a pool is, how it fills, and when it will be full. */
export interface PoolCapacity extends Capacity {
  readonly pool: string;
  readonly parent?: string;
}

/** Which part of a pool a map shows, and how finely. */
export interface PoolMapQuery {
  /** Cells at most, 1 to 4096. */
  readonly cells: number;
  /** First and last address of the part, both included; the whole range unless given. */
  readonly first?: string;
  readonly last?: string;
}

/**
 * A pool, or a part of it, cut into cells of equal size (a power of two; the last one may be cut). Each list has a figure
 * for each cell.
 */
export interface PoolMap {
  readonly pool: string;
  /** The part that is shown. */
  readonly first: string;
  readonly last: string;
  /** Of the pool. */
  readonly range: string;
  readonly at: number;
  /** Addresses of one cell. */
  readonly cell: number;
  /** Also in sub-pools. */
  readonly held: readonly number[];
  readonly quarantined: readonly number[];
  /** Addresses that are never drawn, those of sub-pools left out. */
  readonly reserved: readonly number[];
  /** Addresses of sub-pools. */
  readonly carved: readonly number[];
  /** Sub-pools that lie in the part. */
  readonly parts: readonly { readonly name: string; readonly first: string; readonly last: string }[];
  /** Whom the IEEE assigned prefixes of the part to; 16 at most, none for local addresses. */
  readonly vendors: readonly { readonly name: string; readonly prefix: string }[];
}

export interface CarveRequest {
  readonly name: string;
  /** Addresses; rounded up to a power of two. One of `size` and `range`. */
  readonly size?: number;
  /** This very part. */
  readonly range?: string;
  readonly owner?: string;
  readonly segment?: string;
  readonly host?: string;
}

export interface CarveAnswer {
  readonly pool: PoolView;
  /** Absent where it was only planned. */
  readonly revision?: ApplyResult['revision'];
}

/**
 * MAC addresses, for people who use the gateway and for people who only need MAC addresses managed. Every method
 * rejects with an AppError: `value-invalid` for what is no value of its kind, `not-found` with the nearest name for
 * what does not exist, `conflict` that names who holds what, `pool-exhausted`. Nothing was changed then.
 */
export interface Macs {
  /** All items or none, in one durable transaction; the answer is in their order. */
  lease(request: LeaseRequest, actor: Asker): Promise<LeaseAnswer>;
  /** All or none. */
  release(request: ReleaseRequest, actor: Asker): Promise<ReleaseAnswer>;
  /** In the order of ids, `limit` (1 to 10,000) at most; go on with `from: next`. */
  list(filter: MacFilter, page: { from?: number; limit: number }): Promise<{ leases: MacLease[]; next?: number }>;
  /** Everything that is known of an address. */
  show(mac: string): Promise<MacDetails>;
  /** Who held an address at a time (ms since the epoch; now unless given). */
  who(mac: string, at?: number): Promise<MacHolder>;
  pools(): Promise<PoolView[]>;
  /** Where in a pool addresses are held, rest, and are free. */
  map(pool: string, query: PoolMapQuery): Promise<PoolMap>;
  /** How full pools are, how they fill, and when they will be full. */
  capacity(): Promise<PoolCapacity[]>;
  /** Takes over addresses that exist already. */
  import(request: ImportRequest, actor: Asker): Promise<ImportAnswer>;
  /** Makes a sub-pool out of a part of a pool that nobody else uses. */
  carve(parent: string, request: CarveRequest, actor: Asker): Promise<CarveAnswer>;
  /** Removes a pool that the API made; `conflict` says who while leases of it are held. */
  giveBack(pool: string, actor: Asker): Promise<ApplyResult | PlanResult>;
  /** Sentences on pools that are fuller than their `warnings` allow, as last counted. */
  fillWarnings(): Promise<string[]>;
}
