import type { Kysely } from 'kysely';
import { macFromInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import { keyRingOf, pseudonymsOf } from '../journal/key-ring.ts';
import { entriesOf } from '../journal/read-journal.ts';
import { leaseOf } from '../leases/lease-rows.ts';
import type { HoldingRow, LeaseRow, ObjectRow, Tables } from '../tables.ts';
import type { OwnerRecord } from './personal-data.ts';
import { withoutOtherHolder } from './plan-erasure.ts';
import { rotationsAbout } from './rotations-about.ts';
import {
  chunksOf,
  closedAndStanding,
  entriesAbout,
  findSubject,
  holdingsOf,
  leasesOf,
  nicOf,
  requestsOf,
  type Subject,
} from './subject.ts';

/** Everything that is stored about an owner, thing by thing. */
export async function* showOwner(db: Kysely<Tables>, owner: string): AsyncGenerator<OwnerRecord> {
  const subject = await findSubject(db, owner);
  for (const [name, standing] of subject.guests) yield { record: 'guest', name, standing };
  yield* objectsOf(db, subject);
  const macs = new Set<number>();
  const aliases = new Set<string>();
  const ids = new Set<number>();
  for await (const rows of leasesOf(db, subject)) {
    for (const row of rows) {
      ids.add(row.id);
      if (row.mac !== null) macs.add(row.mac);
      if (row.alias !== null) aliases.add(row.alias);
      yield leaseRecord(row);
    }
  }
  yield* portBlocksOf(db, subject);
  for await (const rows of holdingsOf(db, subject)) for (const row of rows) yield holdingRecord(row);
  for (const { guest, nic, phase, origin, asked_at: askedAt, error } of await rotationsAbout(db, subject)) {
    const about = { nic: nicId(guest, nic), phase, origin, askedAt };
    yield { record: 'rotation', ...about, ...(error === null ? {} : { error }) };
  }
  for await (const rows of requestsOf(db, ids))
    for (const { key, at, leases } of rows) yield { record: 'request', key, at, leases };
  yield* seenOf(db, [...macs]);
  // Under the pseudonyms of an address that others had too, entries are about these as well.
  const own = await withoutOtherHolder(db, macs, ids);
  for (const mac of own) for (const { alias } of pseudonymsOf(keyRingOf(db), mac)) aliases.add(alias);
  for await (const rows of entriesAbout(db, subject, aliases)) {
    for (const { hash: _, owners: __, erased: ___, ...entry } of await entriesOf(db, rows))
      yield { record: 'journal', ...entry };
  }
}

function leaseRecord(row: LeaseRow): OwnerRecord {
  const { guest: _, nic: __, owner: ___, source: ____, ...lease } = leaseOf(row);
  const nic = nicOf(row);
  return { record: 'lease', ...lease, ...(nic === undefined ? {} : { nic }) };
}

function holdingRecord({ guest, nic, segment, mac, alias, ipv4, ipv6, since, until }: HoldingRow): OwnerRecord {
  return {
    record: 'holding',
    nic: nicId(guest as string, nic as number),
    segment,
    mac: mac === null ? (alias ?? '(unknown)') : macFromInteger(mac),
    ...(ipv4 === null ? {} : { ipv4 }),
    ...(ipv6 === null ? {} : { ipv6 }),
    since,
    ...(until === null ? {} : { until }),
  };
}

async function* objectsOf(db: Kysely<Tables>, subject: Subject): AsyncGenerator<OwnerRecord> {
  for await (const rows of closedAndStanding(db, ['guest', 'attachment', 'forward', 'policy', 'pool']))
    for (const row of rows) if (names(row, subject)) yield objectRecord(row);
}

/** The guest itself or what names it, standing or not. */
function names(row: ObjectRow, { owner, guests }: Subject): boolean {
  const body = JSON.parse(row.body) as Record<string, unknown>;
  const one = (name: unknown) => typeof name === 'string' && guests.has(name);
  if (body.owner === owner) return true;
  if (row.kind === 'guest') return one(row.name);
  if (row.kind === 'attachment') return one(row.name.slice(0, row.name.lastIndexOf('/')));
  if (row.kind === 'forward') return typeof body.to === 'string' && one(/^([^:/]+)/.exec(body.to)?.[1]);
  return row.kind === 'policy' && (one(body.from) || one(body.to));
}

function objectRecord(row: ObjectRow): OwnerRecord {
  const { kind, name, origin, first_revision: first, last_revision: last } = row;
  const body: unknown = JSON.parse(row.body);
  return { record: 'object', kind, name, origin, body, first, ...(last === null ? {} : { last }) };
}

async function* portBlocksOf(db: Kysely<Tables>, { guests }: Subject): AsyncGenerator<OwnerRecord> {
  for (const names of chunksOf([...guests.keys()], 400)) {
    const rows = await db.selectFrom('port_blocks').selectAll().where('guest', 'in', names).orderBy('id').execute();
    for (const { guest, first_port: first, last_port: last, since, until } of rows) {
      const ports = `${first}-${last}`;
      yield { record: 'port-block', guest, ports, since, ...(until === null ? {} : { until }) };
    }
  }
}

async function* seenOf(db: Kysely<Tables>, macs: readonly number[]): AsyncGenerator<OwnerRecord> {
  for (const some of chunksOf(macs, 400)) {
    const rows = await db.selectFrom('seen').selectAll().where('mac', 'in', some).execute();
    for (const { mac, host, device, ip, first_at: firstAt, last_at: lastAt } of rows) {
      const place = { host, device, ...(ip === null ? {} : { ip }) };
      yield { record: 'seen', mac: macFromInteger(mac), ...place, firstAt, lastAt };
    }
  }
}
