import type { Kysely } from 'kysely';
import type { Assignments, GuestAssignment, NicAssignment } from '../model/assignments.ts';
import { macFromInteger } from '../model/mac-address.ts';
import { nicId } from '../model/site.ts';
import type { RememberedLease, Revision, StoredObject } from './registry.ts';
import type { LeaseRow, ObjectRow, PortBlockRow, RevisionRow, Tables } from './tables.ts';

/** An object of the head revision; `object` is made from the row when it is first asked for. */
export interface StandingObject {
  readonly row: ObjectRow;
  object?: StoredObject;
}

/** What the store holds at the head revision, in memory, so that a commit writes differences without reading. */
export interface RegistryState {
  head: Revision | undefined;
  /** By kind and name, in the order of their places. */
  objects: Map<string, StandingObject>;
  assignments: Assignments;
  /** Row of the lease that each NIC holds, by NIC id. */
  leaseIds: Map<string, number>;
  /** By row, those that were released first come first. */
  remembered: Map<number, RememberedLease>;
  /** What the next row of each table gets. */
  next: { lease: number; block: number; journal: number; place: number };
}

export const objectKeyOf = (object: { kind: string; name: string }): string => `${object.kind} ${object.name}`;

export async function loadState(db: Kysely<Tables>): Promise<RegistryState> {
  const head = await db.selectFrom('revisions').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst();
  const objects = await db
    .selectFrom('objects')
    .selectAll()
    .where('last_revision', 'is', null)
    .orderBy('place')
    .execute();
  const leases = (
    await db.selectFrom('leases').selectAll().where('source', '=', 'site').where('state', '=', 'active').execute()
  ).filter(isOfNic);
  const remembered = await db
    .selectFrom('leases')
    .selectAll()
    .where('state', '=', 'quarantined')
    .where('source', '=', 'site')
    .orderBy('released_at')
    .orderBy('id')
    .execute();
  const blocks = await db.selectFrom('port_blocks').selectAll().where('until', 'is', null).execute();
  return {
    head: head && revisionOf(head),
    objects: new Map(objects.map((row) => [objectKeyOf(row), { row }])),
    assignments: {
      nics: new Map(leases.map((row) => [nicId(row.guest, row.nic), nicAssignmentOf(row)])),
      guests: new Map(blocks.map((row) => [row.guest, guestAssignmentOf(row)])),
    },
    leaseIds: new Map(leases.map((row) => [nicId(row.guest, row.nic), row.id])),
    remembered: new Map(
      remembered.filter(isOfNic).map((row) => [row.id, rememberedOf(nicAssignmentOf(row), row.free_at ?? 0)]),
    ),
    next: {
      lease: await nextOf(db, 'leases', 'id'),
      block: await nextOf(db, 'port_blocks', 'id'),
      journal: await nextOf(db, 'journal', 'id'),
      place: await nextOf(db, 'objects', 'place'),
    },
  };
}

async function nextOf(
  db: Kysely<Tables>,
  table: 'leases' | 'port_blocks' | 'journal' | 'objects',
  column: 'id' | 'place',
): Promise<number> {
  const { ref } = db.dynamic;
  const row = await db
    .selectFrom(table)
    .select((build) => build.fn.max<number | null>(ref(column)).as('highest'))
    .executeTakeFirst();
  return Number(row?.highest ?? 0) + 1;
}

export function revisionOf(row: RevisionRow): Revision {
  return {
    number: row.number,
    at: row.at,
    author: row.author,
    comment: row.comment,
    summary: { added: row.added, removed: row.removed, changed: row.changed },
    ...(row.confirm_by === null ? {} : { confirmBy: row.confirm_by }),
    ...(row.fallback === null ? {} : { fallback: row.fallback }),
  };
}

export function storedObjectOf(row: ObjectRow): StoredObject {
  return { kind: row.kind, name: row.name, origin: row.origin, body: JSON.parse(row.body) };
}

export function rememberedOf(lease: NicAssignment, freeAt: number): RememberedLease {
  const { guest, nic, segment, mac, ipv4, ipv6 } = lease;
  return { guest, nic, segment, mac, ipv4, ...(ipv6 === undefined ? {} : { ipv6 }), freeAt };
}

/** A lease of a NIC of the site, whose MAC address was not made a pseudonym. */
export type NicRow = LeaseRow & { guest: string; nic: number; segment: string; mac: number; ipv4: string };

function isOfNic(row: LeaseRow): row is NicRow {
  return row.guest !== null && row.nic !== null && row.segment !== null && row.mac !== null && row.ipv4 !== null;
}

/** What stands in the store was checked when it was put there, so the brands need no second look. */
function nicAssignmentOf(row: NicRow): NicAssignment {
  const { guest, nic, segment, mac, ipv4, ipv6 } = row;
  return {
    guest,
    nic,
    segment,
    mac: macFromInteger(mac),
    ipv4,
    ...(ipv6 === null ? {} : { ipv6 }),
  } as NicAssignment;
}

function guestAssignmentOf(row: PortBlockRow): GuestAssignment {
  const { guest, first_port: first, last_port: last, share_id: shareId } = row;
  return shareId === null ? { guest, first, last } : { guest, first, last, shareId };
}
