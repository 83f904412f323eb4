import type { Generated } from 'kysely';
import type { JournalRecord } from '../model/journal/journal-record.ts';
import type { SightingKind } from '../model/sighting.ts';
import type { KeptKind } from './kept/kept.ts';
import type { ObjectKind } from './registry.ts';

/** Tables of the registry as Kysely sees them. Times are milliseconds since the epoch. */
export interface Tables {
  revisions: RevisionRow;
  objects: ObjectRow;
  leases: LeaseRow;
  holdings: HoldingRow;
  port_blocks: PortBlockRow;
  requests: RequestRow;
  fills: FillRow;
  cursors: CursorRow;
  seen: SeenRow;
  conflicts: ConflictRow;
  rotations: RotationRow;
  rotation_runs: { schedule: string; at: number };
  settings: { name: string; value: string };
  journal: JournalRow;
  pseudonyms: PseudonymRow;
  kept: KeptRow;
}

/** Something small that outlives the daemon (`Kept`). */
export interface KeptRow {
  /** Order in which they were first put. */
  place: Generated<number>;
  kind: KeptKind;
  id: string;
  /** JSON. */
  body: string;
}

export interface RevisionRow {
  number: number;
  at: number;
  author: string;
  comment: string;
  added: number;
  removed: number;
  changed: number;
  confirm_by: number | null;
  fallback: number | null;
  /** When the kernel began to take it, which is before `at`; null when that is not known. */
  kernel_since: number | null;
}

/** One state of one object: valid from `first_revision` to `last_revision`, both included; null while it stands. */
export interface ObjectRow {
  kind: ObjectKind;
  name: string;
  origin: 'file' | 'api';
  /** JSON. */
  body: string;
  /** Order among all objects. */
  place: number;
  first_revision: number;
  last_revision: number | null;
}

/**
 * One MAC address held by one holder for one stretch of time (`Lease`). Uniqueness is in the keys: (mac, ended) and,
 * per segment, (segment, ipv4, ended) and (segment, ipv6, ended).
 */
export interface LeaseRow {
  id: number;
  /** 48 bits; null once it was made a pseudonym or erased. */
  mac: number | null;
  /** Pseudonym in place of `mac`. */
  alias: string | null;
  /** 0 while the address is held (`reserved`, `active`, `retiring`), the row's own id after that. */
  ended: number;
  state: 'reserved' | 'active' | 'retiring' | 'quarantined' | 'free';
  guest: string | null;
  nic: number | null;
  owner: string | null;
  segment: string | null;
  /** During a rotation only the row whose MAC is in use carries the IP addresses. */
  ipv4: string | null;
  ipv6: string | null;
  source: 'site' | 'request';
  since: number;
  released_at: number | null;
  free_at: number | null;
  comment: string | null;
}

/**
 * One stretch of time in which a NIC of the site held a MAC address with its IP addresses. Stretches of one NIC follow
 * each other; while it rotates there are two. Whoever comes next holds from when the kernel began to take the change,
 * whoever goes held until it was stored: between these two both are told.
 */
export interface HoldingRow {
  id: number;
  /** Null once it was erased: somebody held something, and nobody knows who and what any more. */
  guest: string | null;
  nic: number | null;
  owner: string | null;
  segment: string;
  /** 48 bits; null once it was made a pseudonym or erased. */
  mac: number | null;
  /** Pseudonym in place of `mac`. */
  alias: string | null;
  /** `active`: the one that host and DHCP expect. */
  state: 'reserved' | 'active' | 'retiring';
  ipv4: string | null;
  ipv6: string | null;
  since: number;
  until: number | null;
}

/** Answer to an idempotency key: the leases first_lease..last_lease were made for it. */
export interface RequestRow {
  key: string;
  at: number;
  /** SHA-256 of the order, so that another order under the same key is found. */
  digest: string;
  /** JSON array of lease ids, in the order of the wishes; `first-last` for a run of them. */
  leases: string;
}

/** How full a pool was: the last value of an hour. */
export interface FillRow {
  pool: string;
  /** Begin of the hour, ms since the epoch. */
  hour: number;
  at: number;
  held: number;
  quarantined: number;
}

/** Where the `cycle` strategy of a pool goes on. */
export interface CursorRow {
  pool: string;
  /** First and last address: another range begins anew. */
  range: string;
  position: number;
}

/** A NIC on its way to another MAC address (`StoredRotation`). */
export interface RotationRow {
  guest: string;
  nic: number;
  phase: 'waiting' | 'prepared' | 'moved' | 'failed';
  origin: string;
  at_most: number;
  asked_at: number;
  phase_since: number;
  deadline: number | null;
  /** Seconds. */
  overlap: number;
  grace: number;
  hook: 'none' | 'due' | 'done' | 'failed';
  error: string | null;
  who: string;
  from_where: string;
}

/** Guest of a port block whose guest was erased: somebody had it, and nobody knows who any more. */
export const erasedGuest = '';

/** Source ports of one guest for one stretch of time; `until` is null while the guest has them. A guest may have several. */
export interface PortBlockRow {
  id: number;
  guest: string;
  first_port: number;
  last_port: number;
  share_id: number | null;
  /** 0 for the first block of the guest; further ones count on. */
  place: number;
  since: number;
  until: number | null;
}

/** An entry of the journal, with the seal of this registry. */
export interface JournalRow extends JournalRecord {
  readonly seal: string;
}

/** Whom a pseudonym stands for, while that may still be known: for showing entries. */
export interface PseudonymRow {
  alias: string;
  /** 48 bits. */
  mac: number;
  /** Id of the period whose key made it. */
  period: string;
  /** When it was last written (ms since the epoch). */
  at: number;
}

/** A MAC address that showed up where no lease says that it belongs (`SeenEntry`). */
export interface SeenRow {
  mac: number;
  host: string;
  device: string;
  segment: string | null;
  bridge: string | null;
  kind: SightingKind;
  ip: string | null;
  first_at: number;
  last_at: number;
  count: number;
}

/** A leased MAC address at two places (`Conflict`). */
export interface ConflictRow {
  id: number;
  mac: number;
  /** Row in `leases`. */
  lease: number;
  holder: string;
  host: string | null;
  device: string | null;
  other_host: string;
  other_device: string;
  other_kind: SightingKind;
  first_at: number;
  last_at: number;
  state: 'open' | 'acknowledged' | 'resolved';
}
