import type { Assignments } from '../model/assignments.ts';
import type { Holders } from './holders/holders.ts';
import type { AuditTrail } from './journal/audit-trail.ts';
import type { Actor, JournalInput } from './journal/journal.ts';
import type { Kept } from './kept/kept.ts';
import type { Leases } from './leases/leases.ts';
import type { PersonalData } from './privacy/personal-data.ts';
import type { RestingPorts } from './resting-ports.ts';
import type { Reassignment, StoredRotation } from './rotations.ts';
import type { Seen } from './seen/seen.ts';

export type ObjectKind = 'settings' | 'pool' | 'segment' | 'guest' | 'forward' | 'policy' | 'attachment';

/** One object of the site in its input form (as it stands in the site file). */
export interface StoredObject {
  readonly kind: ObjectKind;
  /** Unique within its kind: pool, segment, guest and policy name; forward id; `site` for settings. */
  readonly name: string;
  /** `file`: the site file owns it, applying a file replaces or removes it. `api`: only the API changes it. */
  readonly origin: 'file' | 'api';
  readonly body: unknown;
}

export interface Revision {
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly author: string;
  readonly comment: string;
  /** Objects added, removed and changed against the revision before. */
  readonly summary: { readonly added: number; readonly removed: number; readonly changed: number };
  /** Set while the revision waits for `confirm`: when it rolls back by itself (ms since the epoch). */
  readonly confirmBy?: number;
  /** The revision it goes back to when it is not confirmed; 0 is the empty site before the first commit. */
  readonly fallback?: number;
}

export interface Commit {
  readonly author: string;
  /** Where the author is: `unix socket`, an address. `this host` unless given. */
  readonly from?: string;
  readonly comment: string;
  /** Kind of its entry in the journal: `apply` unless given. */
  readonly kind?: string;
  readonly at: number;
  /**
   * When the kernel began to take it (ms since the epoch); `at` unless given. Who begins to hold something holds it
   * from then on, who ceases to held it until `at`.
   */
  readonly kernelSince?: number;
  /** Objects to write. One that stands as it was counts as neither added nor changed. */
  readonly put: readonly StoredObject[];
  /** Removing what is not there is no mistake. */
  readonly remove: readonly { readonly kind: ObjectKind; readonly name: string }[];
  /** The whole of the assignments after the change; what is missing is released, what is new is leased. */
  readonly assignments: Assignments;
  readonly confirmBy?: number;
}

export interface JournalEntry {
  readonly id: number;
  readonly at: number;
  /** `apply`, `confirm`, `rollback`, `drift`, `repair`, `attach`, … */
  readonly kind: string;
  readonly text: string;
  readonly who: string;
}

/**
 * Who holds which MAC, IP and port block, and the applied site in numbered revisions. Durable: what `commit` answered
 * survives kill -9 and power loss. One layer-2 domain never holds a MAC or an IP twice: a unique key says so
 * (`conflict`). Every method rejects with `registry-failed` when the store fails, and has changed nothing then.
 */
export interface Registry {
  /** Every lease there is, those of the site's NICs among them, and where new addresses come from. */
  readonly leases: Leases;
  /** What shows up on the wire without a lease, and leased addresses that show up twice. */
  readonly seen: Seen;
  /** The journal: append-only, chained, sealed. */
  readonly audit: AuditTrail;
  /** Who held which address, port block and published port at a time. */
  readonly holders: Holders;
  /** Alerts, silences, isolated NICs, messages that wait to be sent. */
  readonly kept: Kept;
  /** What is stored about people, and how it is forgotten. */
  readonly privacy: PersonalData;
  /** Newest revision, or undefined in a new registry. */
  head(): Promise<Revision | undefined>;
  /** Newest first, `limit` of them at most; those below a number if one is given. */
  revisions(limit: number, below?: number): Promise<Revision[]>;
  /** `not-found` for an unknown one. */
  revision(number: number): Promise<Revision>;
  /**
   * All objects as of a revision (`head` unless given; 0 is the empty site). `not-found` for an unknown one.
   * They come in the order in which they were first put; a changed object keeps its place, and one that a commit
   * both removes and puts goes to the end (this is how policies change their order). The same list again as long as
   * nothing was committed: do not change what you get.
   */
  objects(revision?: number): Promise<StoredObject[]>;
  /** The very objects that the last commit gave, so that they can be compared by reference. */
  assignments(): Promise<Assignments>;
  /** Ports of the shared address that guests gave back, as of the last commit. */
  readonly restingPorts: RestingPorts;
  /** Secret of this registry, hexadecimal, made once: the key of stable IPv6 addresses (RFC 7217). */
  siteKey(): Promise<string>;
  /**
   * One durable transaction, its entry in the journal included. `conflict` when it would give a MAC, an address, a port
   * or a share id twice, also to somebody who leased it by a request meanwhile: what was proposed anew may succeed.
   * A lease that was requested for one of the NICs becomes the site's. What is released rests as long as its pool says.
   */
  commit(commit: Commit): Promise<Revision>;
  /**
   * Changes leases, port blocks and rotations in one durable transaction, without a new revision: what a user confirms or goes back
   * to is the site, not its addresses. `conflict` as in `commit`.
   */
  reassign(change: Reassignment): Promise<void>;
  /** Rotations that wait, are under way or failed, by NIC id. */
  rotations(): Promise<ReadonlyMap<string, StoredRotation>>;
  /** When each schedule of rotations was last looked after (ms since the epoch), by its words. */
  rotationRuns(): Promise<ReadonlyMap<string, number>>;
  /** Clears `confirmBy` of the head revision. `nothing-to-confirm` when it has none. */
  confirm(): Promise<Revision>;
  /** Appends to the journal; `actor` is Bridgekeeper itself unless given. */
  note(kind: string, text: string, at: number, actor?: Actor): Promise<void>;
  /** Appends entries to the journal in one durable transaction; answers the id of the first. */
  noteAll(entries: readonly JournalInput[]): Promise<number>;
  /** Newest first, `limit` of them at most; those below an id if one is given. */
  journal(limit: number, below?: number): Promise<JournalEntry[]>;
  /** Waits for what is under way. Everything after it rejects with `registry-failed`. */
  close(): Promise<void>;
}
