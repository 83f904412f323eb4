import type { ObjectKind } from './registry.ts';

/** Tables of the registry as Kysely sees them. Times are milliseconds since the epoch. */
export interface Tables {
  revisions: RevisionRow;
  objects: ObjectRow;
  leases: LeaseRow;
  port_blocks: PortBlockRow;
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
 * The addresses of one NIC for one stretch of time. `reserved`, `active` and `retiring` hold them; `quarantined` ones
 * are remembered for their NIC and given to nobody else before `free_at`; `free` ones are history.
 */
export interface LeaseRow {
  id: number;
  guest: string;
  nic: number;
  segment: string;
  mac: string;
  ipv4: string;
  ipv6: string | null;
  state: 'reserved' | 'active' | 'retiring' | 'quarantined' | 'free';
  since: number;
  released_at: number | null;
  free_at: number | null;
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
