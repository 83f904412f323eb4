import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { namingKinds } from '../../model/journal/verify-chain.ts';
import type { Privacy } from '../../model/retention-schema.ts';
import { keyRingOf, pseudonymsOf } from '../journal/key-ring.ts';
import { leaseOf } from '../leases/lease-rows.ts';
import type { LeaseRow, Tables } from '../tables.ts';
import type { Erasure, KeptLease } from './personal-data.ts';
import { failedRotations } from './rotations-about.ts';
import {
  chunksOf,
  entriesAbout,
  findSubject,
  holdingsOf,
  leasesOf,
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
  /** Stretches of time in which NICs held something. */
  readonly holdingIds: readonly number[];
  /** Those of their MAC addresses that no lease that stays has: nothing may remain of them. */
  readonly gone: ReadonlySet<number>;
  /** Entries of the journal whose body goes, ascending. */
  readonly entryIds: readonly number[];
}

/** What is from then on, or later, is kept; never for a site that keeps nothing. */
export function keepFromOf({ privacy, now }: ErasureRequest): number {
  return privacy.keep === 0 ? Number.POSITIVE_INFINITY : now - privacy.keep * day;
}

/** Looks up everything that an erasure takes out. Changes nothing. */
export async function planErasure(
  db: Kysely<Tables>,
  owner: string,
  { privacy, now }: ErasureRequest,
): Promise<ErasurePlan> {
  const subject = await findSubject(db, owner);
  const keepFrom = keepFromOf({ privacy, now });
  const leaseIds: number[] = [];
  const macs = new Set<number>();
  const aliases = new Set<string>();
  const kept: KeptLease[] = [];
  const keptMacs = new Set<number>();
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
        if (row.mac !== null) keptMacs.add(row.mac);
        if (kept.length < mostKept) kept.push(keptLease(row, reason));
      }
    }
  }
  const gone = await withoutOtherHolder(db, macs, new Set(leaseIds));
  // Under the pseudonyms of an address that others had too, entries are about these as well.
  for (const mac of gone) for (const { alias } of pseudonymsOf(keyRingOf(db), mac)) aliases.add(alias);
  const entryIds: number[] = [];
  for await (const rows of entriesAbout(db, subject, aliases))
    for (const { id, at, kind, salt } of rows)
      if (at < keepFrom && salt !== null && !namingKinds.has(kind)) entryIds.push(id);
  const counts = await countRest(db, { subject, leaseIds, gone, keepFrom });
  const holdingIds: number[] = [];
  for await (const rows of holdingsOf(db, subject))
    for (const { id, until, mac } of rows)
      if (until !== null && until < keepFrom && (mac === null || !keptMacs.has(mac))) holdingIds.push(id);
  const holdings = holdingIds.length;
  const erasure = { owner, leases: leaseIds.length, journal: entryIds.length, holdings, ...counts, kept, keptCount };
  return { erasure, subject, leaseIds, holdingIds, gone, entryIds };
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
export async function withoutOtherHolder(
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
): Promise<Pick<Erasure, 'objects' | 'portBlocks' | 'requests' | 'rotations' | 'seen'>> {
  const rotations = (await failedRotations(db, subject)).length;
  const counts = { objects: 0, portBlocks: 0, requests: 0, rotations, seen: 0 };
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

/** Port blocks that guests gave back before `keepFrom`. */
export function endedBlocks(
  db: Kysely<Tables>,
  guests: readonly string[],
  keepFrom: number,
): Promise<{ id: number }[]> {
  let query = db.selectFrom('port_blocks').select('id').where('guest', 'in', guests).where('until', 'is not', null);
  if (Number.isFinite(keepFrom)) query = query.where('until', '<', keepFrom);
  return query.execute();
}
