import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { namingKinds } from '../../model/journal/verify-chain.ts';
import type { Privacy } from '../../model/retention-schema.ts';
import { type Actor, appendJournal, readPeriodDays } from '../journal/journal.ts';
import { keyRingOf, pseudonymsOf } from '../journal/key-ring.ts';
import { periodOf } from '../journal/period.ts';
import { leaseOf } from '../leases/lease-rows.ts';
import type { LeaseRow, Tables } from '../tables.ts';
import { blankEntries } from './blank-entries.ts';
import type { Erasure, KeptLease } from './personal-data.ts';
import {
  batchRows,
  chunksOf,
  entriesAbout,
  findSubject,
  leasesOf,
  namesGuest,
  namesMac,
  nicOf,
  oldObjectsOf,
  requestsOf,
  type Subject,
} from './subject.ts';

const day = 86_400_000;
/** Kept leases that are named. */
const mostKept = 100;

export interface ErasureRequest {
  readonly privacy: Privacy;
  readonly now: number;
}

/** What an erasure is about, once it was looked up. */
export interface ErasurePlan {
  readonly erasure: Erasure;
  readonly subject: Subject;
  /** Leases that go. */
  readonly leaseIds: readonly number[];
  /** Their MAC addresses. */
  readonly macs: ReadonlySet<number>;
  /** Of these, those that no lease that stays holds: nothing may remain of them. */
  readonly gone: ReadonlySet<number>;
  /** Entries of the journal whose body goes, ascending. */
  readonly entryIds: readonly number[];
}

/** Looks up everything that an erasure takes out. Changes nothing. */
export async function planErasure(
  db: Kysely<Tables>,
  owner: string,
  { privacy, now }: ErasureRequest,
): Promise<ErasurePlan> {
  const subject = await findSubject(db, owner);
  const keepFrom = privacy.keep === 0 ? Number.POSITIVE_INFINITY : now - privacy.keep * day;
  const leaseIds: number[] = [];
  const macs = new Set<number>();
  const aliases = new Set<string>();
  const kept: KeptLease[] = [];
  let keptCount = 0;
  for await (const rows of leasesOf(db, subject)) {
    for (const row of rows) {
      const reason = whyKept(row, keepFrom, privacy.keep, now);
      if (reason === undefined) {
        leaseIds.push(row.id);
        if (row.mac !== null) macs.add(row.mac);
        if (row.alias !== null) aliases.add(row.alias);
      } else {
        keptCount++;
        if (kept.length < mostKept) kept.push(keptLease(row, reason));
      }
    }
  }
  for (const mac of macs) for (const { alias } of pseudonymsOf(keyRingOf(db), mac)) aliases.add(alias);
  const entryIds: number[] = [];
  for await (const rows of entriesAbout(db, subject, aliases))
    for (const { id, at, kind, salt } of rows)
      if (at < keepFrom && salt !== null && !namingKinds.has(kind)) entryIds.push(id);
  const gone = await withoutOtherHolder(db, macs, new Set(leaseIds));
  const counts = await countRest(db, { subject, leaseIds, gone, keepFrom });
  const erasure = { owner, leases: leaseIds.length, journal: entryIds.length, ...counts, kept, keptCount };
  return { erasure, subject, leaseIds, macs, gone, entryIds };
}

function whyKept(
  row: LeaseRow,
  keepFrom: number,
  keepDays: number,
  now: number,
): { why: KeptLease['why']; remedy: string } | undefined {
  const mac = leaseOf(row).mac;
  if (row.ended === 0) {
    const remedy =
      row.source === 'site'
        ? `remove guest "${row.guest}" from the site, then erase again`
        : `release it with \`bridgekeeper mac release ${mac}\`, then erase again`;
    return { why: 'held', remedy };
  }
  if (row.state === 'quarantined' && (row.free_at ?? 0) > now) {
    const until = new Date(row.free_at ?? 0).toISOString();
    return { why: 'resting', remedy: `its quarantine ends at ${until}; erase again after it` };
  }
  if ((row.released_at ?? row.since) >= keepFrom)
    return { why: 'kept', remedy: `it ended less than ${keepDays} days ago (privacy.keep); erase again after that` };
  return undefined;
}

function keptLease(row: LeaseRow, reason: { why: KeptLease['why']; remedy: string }): KeptLease {
  const nic = nicOf(row);
  return { id: row.id, mac: leaseOf(row).mac, ...(nic === undefined ? {} : { nic }), ...reason };
}

/** Addresses that no other lease has, whoever's. */
async function withoutOtherHolder(
  db: Kysely<Tables>,
  macs: ReadonlySet<number>,
  going: ReadonlySet<number>,
): Promise<Set<number>> {
  const gone = new Set(macs);
  for (const some of chunksOf([...macs], 400)) {
    const rows = await db.selectFrom('leases').select(['id', 'mac']).where('mac', 'in', some).execute();
    for (const { id, mac } of rows) if (mac !== null && !going.has(id)) gone.delete(mac);
    await setImmediate();
  }
  return gone;
}

interface Rest {
  readonly subject: Subject;
  readonly leaseIds: readonly number[];
  readonly gone: ReadonlySet<number>;
  readonly keepFrom: number;
}

async function countRest(
  db: Kysely<Tables>,
  { subject, leaseIds, gone, keepFrom }: Rest,
): Promise<Pick<Erasure, 'objects' | 'portBlocks' | 'requests' | 'seen'>> {
  const counts = { objects: 0, portBlocks: 0, requests: 0, seen: 0 };
  for await (const rows of oldObjectsOf(db, subject, gone)) counts.objects += rows.length;
  for await (const rows of requestsOf(db, new Set(leaseIds))) counts.requests += rows.length;
  for (const names of chunksOf([...subject.guests.keys()], 400)) {
    const rows = await endedBlocks(db, names, keepFrom);
    counts.portBlocks += rows.length;
  }
  for (const some of chunksOf([...gone], 400)) {
    const row = await db
      .selectFrom('seen')
      .select((build) => build.fn.countAll<number>().as('count'))
      .where('mac', 'in', some)
      .executeTakeFirstOrThrow();
    counts.seen += Number(row.count);
  }
  return counts;
}

function endedBlocks(db: Kysely<Tables>, guests: readonly string[], keepFrom: number): Promise<{ id: number }[]> {
  let query = db.selectFrom('port_blocks').select('id').where('guest', 'in', guests).where('until', 'is not', null);
  if (Number.isFinite(keepFrom)) query = query.where('until', '<', keepFrom);
  return query.execute();
}

/**
 * Takes out what was planned, in small transactions: what is already gone is not looked for again when it is done a
 * second time. Journals that it was done; the owner stands there as a pseudonym only.
 */
export async function eraseOwner(
  db: Kysely<Tables>,
  plan: ErasurePlan,
  { privacy, now, actor }: ErasureRequest & { readonly actor: Actor },
): Promise<void> {
  const { subject, leaseIds, macs, gone, entryIds, erasure } = plan;
  const keepFrom = privacy.keep === 0 ? Number.POSITIVE_INFINITY : now - privacy.keep * day;
  for (const ids of chunksOf(entryIds, batchRows)) {
    const text = (count: number) => `erased the text of ${count} ${count === 1 ? 'entry' : 'entries'} about an owner`;
    await blankEntries(db, ids, { kind: 'erase', text, at: now, actor });
    await setImmediate();
  }
  for await (const rows of requestsOf(db, new Set(leaseIds)))
    for (const { key } of rows) await db.deleteFrom('requests').where('key', '=', key).execute();
  for (const names of chunksOf([...subject.guests.keys()], 400)) {
    const ids = (await endedBlocks(db, names, keepFrom)).map(({ id }) => id);
    for (const some of chunksOf(ids, 400)) await db.deleteFrom('port_blocks').where('id', 'in', some).execute();
  }
  await eraseObjects(db, subject, gone);
  await eraseComments(db, subject, gone);
  for (const some of chunksOf([...macs], 400)) await db.deleteFrom('pseudonyms').where('mac', 'in', some).execute();
  for (const ids of chunksOf(leaseIds, 400)) {
    await db
      .updateTable('leases')
      .set({ mac: null, alias: null, guest: null, nic: null, owner: null, ipv4: null, ipv6: null, comment: null })
      .where('id', 'in', ids)
      .where('ended', '!=', 0)
      .execute();
    await setImmediate();
  }
  await appendJournal(db, [
    {
      kind: 'erase',
      text: `erased what was stored about an owner: ${erasure.leases} leases, ${erasure.journal} journal entries, ${erasure.objects} objects of earlier revisions, ${erasure.portBlocks} port blocks, ${erasure.requests} request keys; ${erasure.keptCount} leases stay`,
      at: now,
      actor,
      after: { subject: await ownerPseudonym(db, subject.owner, now) },
    },
  ]);
}

async function eraseObjects(db: Kysely<Tables>, subject: Subject, gone: ReadonlySet<number>): Promise<void> {
  const old: Tables['objects'][] = [];
  for await (const rows of oldObjectsOf(db, subject, gone)) old.push(...rows);
  for (const rows of chunksOf(old, 100)) {
    await db.transaction().execute(async (transaction) => {
      for (const { kind, name, first_revision: first } of rows)
        await transaction
          .deleteFrom('objects')
          .where('kind', '=', kind)
          .where('name', '=', name)
          .where('first_revision', '=', first)
          .where('last_revision', 'is not', null)
          .execute();
    });
    await setImmediate();
  }
}

/** A comment that names a guest that is gone, or an address, loses its text: `put guest web1`, `try 02:1a:…`. */
async function eraseComments(db: Kysely<Tables>, subject: Subject, macs: ReadonlySet<number>): Promise<void> {
  const names = new Map([...subject.guests].filter(([, standing]) => !standing));
  if (names.size === 0 && macs.size === 0) return;
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('revisions')
      .select(['number', 'comment'])
      .where('number', '>', after)
      .orderBy('number')
      .limit(batchRows)
      .execute();
    for (const { number, comment } of rows) {
      if (!namesGuest(comment, names) && !namesMac(comment, macs)) continue;
      await db.updateTable('revisions').set({ comment: '(erased)' }).where('number', '=', number).execute();
    }
    if (rows.length < batchRows) return;
    after = rows.at(-1)?.number ?? after;
    await setImmediate();
  }
}

/** So that it can be shown, while the key of the period is there, that this owner's data was erased. */
async function ownerPseudonym(db: Kysely<Tables>, owner: string, now: number): Promise<string> {
  const key = keyRingOf(db).periodKey(periodOf(now, await readPeriodDays(db)));
  if (key === undefined) return 'erased';
  return `owner-${createHmac('sha256', key).update(`owner ${owner}`).digest('hex').slice(0, 16)}`;
}
