import type { ObjectKind } from './registry.ts';

/** Tables of the registry as Kysely sees them. Times are milliseconds since the epoch. */
export interface Tables {
  revisions: RevisionRow;
  objects: ObjectRow;
  leases: LeaseRow;
  port_blocks: PortBlockRow;
  requests: RequestRow;
  fills: FillRow;
  cursors: CursorRow;
  settings: { name: string; value: string };
  journal: { id: number; at: number; kind: string; text: string };
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

/** Source ports of one guest for one stretch of time; `until` is null while the guest has them. */
export interface PortBlockRow {
  id: number;
  guest: string;
  first_port: number;
  last_port: number;
  share_id: number | null;
  since: number;
  until: number | null;
}
