import type { MacAddress } from '../../model/mac-address.ts';
import type { Privacy, Retention } from '../../model/retention-schema.ts';
import type { AuditEntry } from '../journal/audit-trail.ts';
import type { Actor } from '../journal/journal.ts';
import type { Period } from '../journal/period.ts';

/** One thing that is stored about an owner; `record` says what it is, the rest is as it is stored. */
export type OwnerRecord =
  | {
      readonly record: 'guest';
      readonly name: string;
      /** It is part of the site now. */
      readonly standing: boolean;
    }
  | {
      readonly record: 'lease';
      readonly id: number;
      readonly mac: string;
      readonly state: string;
      readonly nic?: string;
      readonly segment?: string;
      readonly ipv4?: string;
      readonly ipv6?: string;
      readonly since: number;
      readonly releasedAt?: number;
      readonly freeAt?: number;
      readonly comment?: string;
    }
  | {
      readonly record: 'port-block';
      readonly guest: string;
      readonly ports: string;
      readonly since: number;
      readonly until?: number;
    }
  | {
      /** Addresses that a NIC held for a stretch of time. */
      readonly record: 'holding';
      readonly nic: string;
      readonly segment: string;
      /** Or its pseudonym. */
      readonly mac: string;
      readonly ipv4?: string;
      readonly ipv6?: string;
      readonly since: number;
      readonly until?: number;
    }
  | {
      readonly record: 'object';
      readonly kind: string;
      readonly name: string;
      readonly origin: string;
      readonly body: unknown;
      /** Revisions that hold it; without `last` it still stands. */
      readonly first: number;
      readonly last?: number;
    }
  | {
      readonly record: 'rotation';
      readonly nic: string;
      readonly phase: string;
      readonly origin: string;
      readonly askedAt: number;
      readonly error?: string;
    }
  | { readonly record: 'request'; readonly key: string; readonly at: number; readonly leases: string }
  | {
      readonly record: 'seen';
      readonly mac: string;
      readonly host: string;
      readonly device: string;
      readonly ip?: string;
      readonly firstAt: number;
      readonly lastAt: number;
    }
  | ({ readonly record: 'journal' } & Pick<
      AuditEntry,
      'id' | 'at' | 'kind' | 'who' | 'from' | 'text' | 'before' | 'after'
    >);

/** A lease that an erasure leaves, and why. */
export interface KeptLease {
  readonly id: number;
  readonly mac: string;
  readonly nic?: string;
  /** `held`: it is in use. `resting`: its quarantine is not over. `kept`: the law obliges you to keep it. */
  readonly why: 'held' | 'resting' | 'kept';
  /** What to do about it, as a sentence. */
  readonly remedy: string;
}

/** What an erasure takes out, or took out. */
export interface Erasure {
  readonly owner: string;
  /** Leases whose MAC and IP addresses, guest, owner and comment go. */
  readonly leases: number;
  /** Entries of the journal whose body goes. */
  readonly journal: number;
  /** Objects of earlier revisions. */
  readonly objects: number;
  readonly portBlocks: number;
  /** Stretches of time of which it is known what a NIC held; that somebody held something stays. */
  readonly holdings: number;
  /** Rotations that failed; others are of NICs in use. */
  readonly rotations: number;
  readonly requests: number;
  readonly seen: number;
  /** Leases that stay. The first 100 of them; `keptCount` is how many. */
  readonly kept: readonly KeptLease[];
  readonly keptCount: number;
}

/** What was looked for in the files once the rows were gone. */
export interface Traces {
  /** MAC addresses that nobody has any more, and that were looked for. */
  readonly macs: number;
  readonly files: number;
  readonly bytes: number;
  /** Files out of which lines were taken. */
  readonly scrubbed: readonly string[];
  /** Files that still hold one of the addresses. */
  readonly left: readonly string[];
}

/** A period of pseudonyms. */
export interface PeriodState extends Period {
  /** Its key is gone: nobody will ever know again whom its pseudonyms stood for. */
  readonly destroyed: boolean;
  /** It is not over yet, so its key is still in use. */
  readonly current: boolean;
}

/** What a run of upkeep did. */
export interface UpkeepReport {
  /** Leases that have a pseudonym in place of their MAC address now. */
  readonly hidden: number;
  /** Leases, what NICs held, port blocks, request keys and fills that were older than their retention. */
  readonly removed: number;
  /** Entries of the journal whose body was taken out, and entries at its beginning that went altogether. */
  readonly blanked: number;
  readonly pruned: number;
  readonly periods: readonly string[];
}

/** What a registry knows of people, and how it forgets. Every change is journalled. */
export interface PersonalData {
  /** Everything that is stored about an owner, thing by thing. Nothing for an unknown one. */
  show(owner: string): AsyncIterable<OwnerRecord>;
  /** What `erase` would do. Changes nothing. */
  plan(owner: string, request: { readonly privacy: Privacy; readonly now: number }): Promise<Erasure>;
  /**
   * Takes out what is stored about an owner, but for leases that are still held or rest, and what `privacy.keep` keeps.
   * `forget` is called with addresses that nobody has any more, so that services forget them too.
   * Afterwards no file of the state directory holds a MAC address that nobody else has; `traces` says what was looked at.
   */
  erase(
    owner: string,
    request: {
      readonly privacy: Privacy;
      readonly now: number;
      readonly actor: Actor;
      readonly forget: (macs: readonly MacAddress[]) => Promise<void>;
    },
  ): Promise<Erasure & { readonly traces: Traces }>;
  /** Oldest first. */
  periods(now: number): Promise<PeriodState[]>;
  /** What `forgetPeriod` would answer, and throw. Changes nothing. */
  planForgetting(id: string, now: number): Promise<PeriodState>;
  /** Destroys the key of a period that is over. `not-found` for an unknown one, `conflict` for one that is not over. */
  forgetPeriod(id: string, request: { readonly now: number; readonly actor: Actor }): Promise<PeriodState>;
  /** Applies retention, and makes old leases pseudonymous. In small transactions; may take a while. */
  upkeep(request: {
    readonly privacy: Privacy;
    readonly retention: Retention;
    readonly now: number;
  }): Promise<UpkeepReport>;
}
