import type { Capabilities, PlanLine } from '../drivers/driver.ts';
import type { Mistake } from '../errors/app-error.ts';
import type { SessionTable } from '../model/session-record.ts';
import type { Site } from '../model/site.ts';
import type { RecorderStatus } from '../observers/recorder/recorder.ts';
import type { JournalEntry, ObjectKind, Revision, StoredObject } from '../registry/registry.ts';
import type { AlertSummary, Alerts } from './alerts/contract.ts';
import type { Audit } from './audit/contract.ts';
import type { Events } from './events/contract.ts';
import type { Explain } from './explain/contract.ts';
import type { Isolation } from './isolation/contract.ts';
import type { SessionLimits } from './limits/contract.ts';
import type { Macs } from './macs/contract.ts';
import type { Mirrors } from './mirrors/contract.ts';
import type { Privacy } from './privacy/contract.ts';
import type { Rotations } from './rotations/contract.ts';
import type { Sessions } from './sessions/contract.ts';
import type { SharedPorts } from './shared-ports/contract.ts';
import type { Owners } from './tenancy/contract.ts';
import type { Traces } from './trace/contract.ts';
import type { Traffic } from './traffic/contract.ts';
import type { Wire } from './wire/contract.ts';

/** The gateway at a glance. Times are milliseconds since the epoch. */
export interface EngineStatus {
  site?: string;
  revision?: number;
  driver: string;
  /** What carries the shared address, and that; `bandwidth` in bits per second, if the site says it. */
  uplink?: { interface: string; ipv4: string; ipv6?: string; bandwidth?: number };
  capabilities: Capabilities;
  /** When the newest revision rolls back by itself unless it is confirmed. */
  confirmBy?: number;
  segments: { name: string; bridge: string; subnet: string; nics: number }[];
  guests: number;
  nics: { total: number; attached: number; waiting: number };
  forwards: number;
  policies: number;
  /** The kernel's table of sessions, the host's own and others' included; absent where it cannot be read. */
  sessionTable?: SessionTable;
  /** One sentence for each thing on the host that is not as it should be. */
  drift: string[];
  lastRepair?: { at: number; text: string };
  services: { name: string; state: 'running' | 'stopped' | 'absent' }[];
  warnings: string[];
  /** Alerts that fire. */
  alerts: AlertSummary;
  /** The log of sessions; absent without a recorder. */
  recorder?: RecorderStatus;
}

/** What applying a site file would do; nothing was changed. */
export interface PlanResult {
  lines: PlanLine[];
  /** The same as commands that can be read. */
  raw: string;
  empty: boolean;
  warnings: Mistake[];
  /** Revision that the plan was compared with; 0 in a new registry. */
  baseRevision: number;
}

export interface ApplyResult {
  revision: Revision;
  lines: PlanLine[];
  warnings: Mistake[];
  /** Milliseconds by stage. */
  timings: Record<string, number>;
  /** When it rolls back by itself (ms since the epoch) unless `confirm` follows. */
  confirmBy?: number;
}

/** What one NIC holds. */
export interface LeaseView {
  guest: string;
  nic: number;
  segment: string;
  mac: string;
  ipv4: string;
  ipv6?: string;
  /** Host-side device that it is plugged into. */
  port?: string;
  owner?: string;
  share: string;
  /** Source ports of the shared address, `20000-20999`. */
  portBlock: string;
  attached: boolean;
}

/** Objects that the API can make and remove one by one. */
export type ObjectNoun = 'forward' | 'guest' | 'segment' | 'policy' | 'pool';

/** One object that the API makes, changes or removes, or a NIC that it plugs in (null: unplugs). */
export type ObjectOrder =
  | { readonly op: 'put'; readonly kind: ObjectNoun; readonly body: unknown }
  | { readonly op: 'remove'; readonly kind: ObjectNoun; readonly name: string }
  | { readonly op: 'attach'; readonly guest: string; readonly nic: number; readonly port: string | null };

/** What the site shall become: what a file says, some objects otherwise, an earlier revision, nothing. */
export type ChangeOrder =
  | { readonly file: { readonly text: string; readonly name?: string } }
  | { readonly objects: readonly ObjectOrder[] }
  | { readonly revision: number }
  | { readonly destroy: true };

/** The site before or after a change. */
export interface SiteView {
  readonly site: Site | undefined;
  get(kind: ObjectKind, name: string): StoredObject | undefined;
  /** The applied revision; absent before the first one, and of what is yet to be. */
  readonly head?: Revision;
}

/** The objects of the site as of a revision, in the order in which a site file would have them. */
export interface SiteAt {
  /** Absent before the first one. */
  readonly revision?: Revision;
  readonly objects: readonly StoredObject[];
}

export interface ConfirmOptions {
  /** What it throws refuses; called in turn. */
  readonly check?: (head: Revision | undefined) => void;
  /** Only answer what it would be. */
  readonly onlyPlan?: boolean;
}

/** Stages of a change, in their order. */
export type ChangeStage = 'read' | 'wait' | 'plan' | 'kernel' | 'commit';

export interface PlanOptions {
  /**
   * Called when the turn of the change has come, before anything is changed; what it throws refuses the change.
   * Nobody else changes the site between it and the change.
   */
  readonly check?: (before: SiteView, after: SiteView) => void;
}

export interface ChangeOptions extends PlanOptions {
  readonly author: string;
  /** Where the author is; `this host` unless given. */
  readonly from?: string;
  /** The change rolls back by itself after so many seconds unless it is confirmed. */
  readonly confirmSeconds?: number;
  /** Why, for the history. */
  readonly comment?: string;
  /** Told when a stage begins. */
  readonly onStage?: (stage: ChangeStage) => void;
}

/**
 * The reconciler as server and daemon see it. Every method rejects with an AppError. `author` is who asks, `from` where
 * that is (`Actor`): `this host` unless given.
 */
export interface Engine {
  /** What somebody must know. */
  readonly alerts: Alerts;
  /** The journal: chained, sealed, exported. */
  readonly audit: Audit;
  /** What was noticed. */
  readonly events: Events;
  /** What guests may, and who was refused more. */
  readonly limits: SessionLimits;
  /** What is stored about owners. */
  readonly privacy: Privacy;
  /** MAC addresses, with or without the gateway. */
  readonly macs: Macs;
  /** New MAC addresses for NICs that go on working. */
  readonly rotations: Rotations;
  /** NICs that are cut off or limited for a time. */
  readonly isolation: Isolation;
  /** Copies of what a NIC sends and is sent. */
  readonly mirrors: Mirrors;
  /** The way of a packet: by the applied site, and in the kernel. */
  readonly explain: Explain;
  /** Open sessions of the site's guests. */
  readonly sessions: Sessions;
  /** Whose the ports of the shared address are. */
  readonly sharedPorts: SharedPorts;
  /** Owners and their quotas. */
  readonly owners: Owners;
  /** Who was behind an address and port at a time. */
  readonly trace: Traces;
  /** How much goes to and fro. */
  readonly traffic: Traffic;
  /** What shows up on the wire. */
  readonly wire: Wire;
  status(): Promise<EngineStatus>;
  /** The site as it stands, from memory. */
  view(): SiteView;
  /** What a change would do; changes nothing. */
  planChange(order: ChangeOrder, options?: PlanOptions): Promise<PlanResult>;
  /** Makes a change, all of it or nothing. The methods below are short for it. */
  change(order: ChangeOrder, options: ChangeOptions): Promise<ApplyResult>;
  plan(request: { text: string; file?: string }): Promise<PlanResult>;
  apply(request: {
    text: string;
    file?: string;
    author: string;
    from?: string;
    confirmSeconds?: number;
    comment?: string;
  }): Promise<ApplyResult>;
  confirm(author: string, from?: string, options?: ConfirmOptions): Promise<Revision>;
  /** `not-found` for a revision that there is not; the applied one unless given, 0 is the empty site. */
  siteAt(revision?: number): Promise<SiteAt>;
  rollback(revision: number, author: string, from?: string): Promise<ApplyResult>;
  /** Newest first, below a number or id if one is given. */
  history(limit: number, below?: number): Promise<Revision[]>;
  journal(limit: number, below?: number): Promise<JournalEntry[]>;
  leases(): Promise<LeaseView[]>;
  putObject(kind: ObjectNoun, body: unknown, author: string, from?: string): Promise<ApplyResult>;
  removeObject(kind: ObjectNoun, name: string, author: string, from?: string): Promise<ApplyResult>;
  attach(guest: string, nic: number, port: string, author: string, from?: string): Promise<ApplyResult>;
  detach(guest: string, nic: number, author: string, from?: string): Promise<ApplyResult>;
  /** Looks at the host and compares it with what is declared. */
  verify(): Promise<{ checks: { name: string; expected: string; seen: string; ok: boolean }[] }>;
  /** Leaves the host as it was found and an empty site in the registry. */
  destroy(author: string, from?: string): Promise<{ lines: PlanLine[] }>;
  /** Lets go of everything but leaves the data path as it is. */
  close(): Promise<void>;
}
