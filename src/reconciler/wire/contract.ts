import type { SightingKind } from '../../model/sighting.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Lease } from '../../registry/leases/leases.ts';
import type { SeenEntry } from '../../registry/seen/seen.ts';

export type { SightingKind };

/** A MAC address where no NIC of the site has it. Times are milliseconds since the epoch. */
export interface SeenView extends Omit<SeenEntry, 'mac'> {
  readonly mac: string;
  /** Who holds the address. */
  readonly lease?: Pick<Lease, 'id' | 'state' | 'guest' | 'nic' | 'owner' | 'source'>;
}

/** Conditions that are absent let everything through. */
export interface SeenFilter {
  readonly mac?: string;
  readonly host?: string;
  readonly device?: string;
  readonly segment?: string;
  /** Only addresses that somebody leases, or only those that nobody does. */
  readonly leased?: boolean;
  /** 1 to 10,000; newest first. */
  readonly limit: number;
}

export interface SeenList {
  readonly seen: readonly SeenView[];
  /** How many fit the filter. */
  readonly total: number;
  /** Ports that showed more addresses than are kept of one port, and how many more. */
  readonly omitted: readonly { readonly host: string; readonly device: string; readonly count: number }[];
}

/** A leased MAC address that showed up at another place than its holder's. */
export interface ConflictView {
  readonly id: number;
  readonly mac: string;
  /** NIC (`web1/0`) or, failing that, owner or `lease 17`. */
  readonly holder: string;
  /** Id of the lease. */
  readonly lease: number;
  /** Where the holder is; no device when it is plugged in nowhere. */
  readonly place: { readonly host?: string; readonly device?: string };
  readonly other: {
    readonly host: string;
    readonly device: string;
    readonly kind: SightingKind;
    /** NIC of the site whose port the other place is. */
    readonly nic?: string;
  };
  readonly firstAt: number;
  readonly lastAt: number;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** One sentence that names both places. */
  readonly text: string;
}

/** What somebody else saw: a host's agent, or a script that reads the tables of a switch. */
export interface SeenReport {
  readonly host: string;
  readonly sightings: readonly {
    readonly mac: string;
    readonly device: string;
    /** Default `fdb`. */
    readonly kind?: SightingKind;
    readonly bridge?: string;
    readonly segment?: string;
    readonly ip?: string;
    /** Seconds since it was last there; 0 unless given. */
    readonly age?: number;
  }[];
}

/**
 * How to resolve. `rotate`: the holder gets another MAC address. `keep`: both places are the same machine, or it has
 * moved. `adopt`: the stranger belongs to a NIC, which gets the lease. `forget`: it is gone from the wire.
 */
export type Resolution = 'rotate' | 'keep' | 'adopt' | 'forget';

export interface ResolveRequest {
  /** Id of a conflict, or a MAC address. */
  readonly target: string;
  /** Default: `rotate` for a leased address. */
  readonly how?: Resolution;
  /** NIC that adopts it, `web1/0`. */
  readonly nic?: string;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
}

export interface ResolveAnswer {
  readonly how: Resolution;
  readonly mac: string;
  /** What is done, one sentence a line; in a dry run, what would be. */
  readonly lines: readonly string[];
  readonly done: boolean;
}

/** What shows up on the wire. Every method rejects with an AppError. */
export interface Wire {
  /** After a look at the host that is at most a second old. */
  seen(filter: SeenFilter): Promise<SeenList>;
  /** Newest first. Open and acknowledged ones unless `all`. */
  conflicts(filter: { readonly all?: boolean; readonly mac?: string }): Promise<ConflictView[]>;
  /** Notes what another host sees; `onlyPlan`: says how much that would be, not which conflicts it would raise. `value-invalid` names the sighting that cannot be one; nothing is noted then. */
  report(report: SeenReport, onlyPlan?: boolean): Promise<{ noted: number; conflicts: ConflictView[] }>;
  /** `not-found` for what is neither conflict nor seen, `conflict` for a way that is not open, with the reason. */
  resolve(request: ResolveRequest, actor: Asker): Promise<ResolveAnswer>;
  /** A sentence for each open conflict, the newest first, 20 at most. */
  warnings(): string[];
}
