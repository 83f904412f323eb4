import { type Kysely, sql } from 'kysely';
import { AppError } from '../errors/app-error.ts';
import type { Assignments, GuestAssignment, NicAssignment } from '../model/assignments.ts';
import { macFromInteger } from '../model/mac-address.ts';
import { nicId } from '../model/site.ts';
import type { Revision, StoredObject } from './registry.ts';
import { RestingPorts } from './resting-ports.ts';
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
  /** Ports of the shared address that guests gave back. */
  resting: RestingPorts;
  /** What the next row of each table gets. */
  next: { block: number; place: number };
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
  const leases = await db
    .selectFrom('leases')
    .selectAll()
    // In these words, so that the index of the site's leases is used, however many others there are.
    .where(sql<boolean>`source = 'site' and ended = 0`)
    .orderBy('id')
    .execute();
  const blocks = await db.selectFrom('port_blocks').selectAll().where('until', 'is', null).orderBy('place').execute();
  return {
    head: head && revisionOf(head),
    objects: new Map(objects.map((row) => [objectKeyOf(row), { row }])),
    assignments: {
      nics: nicAssignmentsOf(leases),
      guests: guestAssignmentsOf(blocks),
    },
    resting: await RestingPorts.load(db),
    next: {
      block: await nextOf(db, 'port_blocks', 'id'),
      place: await nextOf(db, 'objects', 'place'),
    },
  };
}

async function nextOf(db: Kysely<Tables>, table: 'port_blocks' | 'objects', column: 'id' | 'place'): Promise<number> {
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

/** Rows of NICs, the one in use and the other one of a rotation. What stands in the store was checked before. */
function nicAssignmentsOf(rows: readonly LeaseRow[]): Map<string, NicAssignment> {
  const nics = new Map<string, NicAssignment>();
  const others = new Map<string, NicAssignment['also']>();
  for (const { guest, nic, segment, mac, ipv4, ipv6, state } of rows) {
    const id = nicId(String(guest), Number(nic));
    if (mac === null) throw new AppError('registry-failed', `the lease that NIC "${id}" holds has no MAC address`);
    const address = macFromInteger(Number(mac));
    if (state === 'reserved' || state === 'retiring') others.set(id, { mac: address, state });
    else {
      const held = { guest, nic: Number(nic), segment, mac: address, ipv4, ...(ipv6 === null ? {} : { ipv6 }) };
      nics.set(id, held as NicAssignment);
    }
  }
  for (const [id, also] of others) {
    const held = nics.get(id);
    if (held !== undefined && also !== undefined) nics.set(id, { ...held, also });
  }
  return nics;
}

/** Rows in the order of their places. */
function guestAssignmentsOf(rows: readonly PortBlockRow[]): Map<string, GuestAssignment> {
  const guests = new Map<string, GuestAssignment>();
  for (const { guest, first_port: first, last_port: last, share_id: shareId } of rows) {
    const held = guests.get(guest);
    if (held) guests.set(guest, { ...held, more: [...(held.more ?? []), { first, last }] });
    else guests.set(guest, { guest, first, last, ...(shareId === null ? {} : { shareId }) });
  }
  return guests;
}
