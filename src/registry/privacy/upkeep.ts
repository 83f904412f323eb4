import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { isBlank, type JournalHead } from '../../model/journal/journal-record.ts';
import { namingKinds } from '../../model/journal/verify-chain.ts';
import type { Privacy, Retention } from '../../model/retention-schema.ts';
import { appendJournal, itself, periodSetting, readPeriodDays } from '../journal/journal.ts';
import { keyRingOf, pseudonymAt } from '../journal/key-ring.ts';
import type { LeaseRow, Tables } from '../tables.ts';
import { blankEntries } from './blank-entries.ts';
import type { UpkeepReport } from './personal-data.ts';
import { batchRows, chunksOf, idStep } from './subject.ts';

const day = 86_400_000;

/** Kinds of journal entries by how long they are kept; every other kind is `other`. */
const retentionOf: Readonly<Record<string, keyof Retention>> = {
  session: 'sessions',
  'session-log': 'sessions',
  lease: 'leases',
  reserve: 'leases',
  release: 'leases',
  import: 'leases',
  rotate: 'leases',
  conflict: 'leases',
  resolve: 'leases',
  seen: 'leases',
};

export interface UpkeepRequest {
  readonly privacy: Privacy;
  readonly retention: Retention;
  readonly now: number;
}

/** Applies retention and hides MAC addresses of old leases, in small transactions, and journals what it did. */
export async function runUpkeep(db: Kysely<Tables>, request: UpkeepRequest): Promise<UpkeepReport> {
  await storePeriod(db, request.privacy.period);
  const hidden = await hideOldLeases(db, request);
  await hideOldHoldings(db, request);
  const removed = await removeOldRows(db, request);
  const blanked = await blankOldEntries(db, request);
  const periods = await destroyOldPeriods(db, request);
  const pruned = await pruneBeginning(db, request);
  const report = { hidden, removed, blanked, pruned, periods };
  if (hidden + removed + periods.length > 0) await noteUpkeep(db, report, request.now);
  return report;
}

/** The journal learns how long a period is from the store, in whatever process it writes. */
async function storePeriod(db: Kysely<Tables>, days: number): Promise<void> {
  if ((await readPeriodDays(db)) === days) return;
  const value = String(days);
  await db
    .insertInto('settings')
    .values({ name: periodSetting, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** Leases that ended before `end`, in batches by their ids; ids are given in the order of time. */
async function* endedBefore(db: Kysely<Tables>, end: number): AsyncGenerator<LeaseRow[]> {
  const { fn } = db;
  const { last } = await db
    .selectFrom('leases')
    .select(fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow();
  for (let from = 0; from < Number(last ?? 0); from += idStep) {
    const rows = await db
      .selectFrom('leases')
      .selectAll()
      .where('id', '>', from)
      .where('id', '<=', from + idStep)
      .where('state', '=', 'free')
      .where('released_at', '<', end)
      .execute();
    for (const some of chunksOf(rows, batchRows)) yield some;
    await setImmediate();
  }
}

/** The address becomes its pseudonym of the time when the lease ended; an IPv6 address that holds it (EUI-64) goes. */
async function hideOldLeases(db: Kysely<Tables>, { privacy, now }: UpkeepRequest): Promise<number> {
  const ring = keyRingOf(db);
  let hidden = 0;
  for await (const rows of endedBefore(db, now - privacy.clear * day)) {
    const clear = rows.filter(({ mac }) => mac !== null);
    if (clear.length === 0) continue;
    await db.transaction().execute(async (transaction) => {
      for (const { id, mac, released_at: at, ipv6 } of clear) {
        const alias = pseudonymAt(ring, mac as number, at ?? now, privacy.period)?.alias ?? null;
        const keptIpv6 = ipv6 !== null && holdsMac(ipv6) ? null : ipv6;
        await transaction
          .updateTable('leases')
          .set({ mac: null, alias, ipv6: keptIpv6 })
          .where('id', '=', id)
          .execute();
      }
    });
    hidden += clear.length;
    await setImmediate();
  }
  await db
    .deleteFrom('pseudonyms')
    .where('at', '<', now - privacy.clear * day)
    .execute();
  return hidden;
}

/** What NICs held gets the pseudonym of the time when it ended, as leases do. */
async function hideOldHoldings(db: Kysely<Tables>, { privacy, now }: UpkeepRequest): Promise<void> {
  const ring = keyRingOf(db);
  const { fn } = db;
  const { last } = await db
    .selectFrom('holdings')
    .select(fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow();
  for (let from = 0; from < Number(last ?? 0); from += idStep) {
    const rows = await db
      .selectFrom('holdings')
      .select(['id', 'mac', 'ipv6', 'until'])
      .where('id', '>', from)
      .where('id', '<=', from + idStep)
      .where('until', '<', now - privacy.clear * day)
      .where('mac', 'is not', null)
      .execute();
    for (const some of chunksOf(rows, batchRows)) {
      await db.transaction().execute(async (transaction) => {
        for (const { id, mac, ipv6, until } of some) {
          const alias = pseudonymAt(ring, mac as number, until ?? now, privacy.period)?.alias ?? null;
          const keptIpv6 = ipv6 !== null && holdsMac(ipv6) ? null : ipv6;
          await transaction
            .updateTable('holdings')
            .set({ mac: null, alias, ipv6: keptIpv6 })
            .where('id', '=', id)
            .execute();
        }
      });
    }
    await setImmediate();
  }
}

/** Modified EUI-64 (RFC 4291, appendix A): ff:fe in the middle of the interface identifier. */
function holdsMac(ipv6: string): boolean {
  return /ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(ipv6);
}

/** The newest lease stays, whatever its age: later ones must have higher ids. */
async function removeOldRows(db: Kysely<Tables>, { retention, now }: UpkeepRequest): Promise<number> {
  const end = now - retention.leases * day;
  const held = now - Math.max(retention.leases, retention.sessions) * day;
  let removed = 0;
  const { fn } = db;
  const { last } = await db
    .selectFrom('leases')
    .select(fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow();
  for await (const rows of endedBefore(db, end)) {
    const ids = rows.map(({ id }) => id).filter((id) => id !== last);
    for (const some of chunksOf(ids, 400)) await db.deleteFrom('leases').where('id', 'in', some).execute();
    removed += ids.length;
  }
  const counts = await Promise.all([
    db.deleteFrom('requests').where('at', '<', end).executeTakeFirst(),
    // Without them the log of sessions would tell of nobody.
    db.deleteFrom('port_blocks').where('until', '<', held).executeTakeFirst(),
    db.deleteFrom('holdings').where('until', '<', held).executeTakeFirst(),
    db
      .deleteFrom('fills')
      .where('at', '<', now - retention.other * day)
      .executeTakeFirst(),
  ]);
  return removed + counts.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
}

async function blankOldEntries(db: Kysely<Tables>, { retention, now }: UpkeepRequest): Promise<number> {
  const names = ['sessions', 'leases', 'other'] as const;
  const youngest = Math.min(...names.map((name) => retention[name]));
  let blanked = 0;
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('journal')
      .select(['id', 'at', 'kind'])
      .where('at', '<', now - youngest * day)
      .where('salt', 'is not', null)
      .where('kind', 'not in', [...namingKinds])
      .where('id', '>', after)
      .orderBy('id')
      .limit(batchRows)
      .execute();
    const old = rows.filter(({ at, kind }) => at < now - retention[retentionOf[kind] ?? 'other'] * day);
    if (old.length > 0) {
      const text = (count: number) => `took out the text of ${count} ${count === 1 ? 'entry' : 'entries'} by retention`;
      const ids = old.map(({ id }) => id);
      await blankEntries(db, ids, { kind: 'retention', text, at: now, actor: itself });
    }
    blanked += old.length;
    if (rows.length < batchRows) return blanked;
    after = rows.at(-1)?.id ?? after;
    await setImmediate();
  }
}

/** Nothing that is kept mentions anybody of such a period any more. */
async function destroyOldPeriods(db: Kysely<Tables>, { retention, now }: UpkeepRequest): Promise<string[]> {
  const ring = keyRingOf(db);
  const longest = Math.max(retention.sessions, retention.leases, retention.other);
  const old = ring.periods().filter(({ period, destroyed }) => !destroyed && period.end < now - longest * day);
  for (const { period } of old) {
    await db.deleteFrom('pseudonyms').where('period', '=', period.id).execute();
    ring.destroy(period);
  }
  return old.map(({ period }) => period.id);
}

/** Entries at the beginning that say nothing any more go altogether; an entry names the last of them and its hash. */
async function pruneBeginning(db: Kysely<Tables>, { retention, now }: UpkeepRequest): Promise<number> {
  const longest = Math.max(retention.sessions, retention.leases, retention.other);
  let pruned = 0;
  for (;;) {
    const count = await db.transaction().execute(async (transaction) => {
      const rows = await transaction.selectFrom('journal').selectAll().orderBy('id').limit(batchRows).execute();
      let end: JournalHead | undefined;
      let count = 0;
      for (const row of rows) {
        if (row.at >= now - longest * day || !(isBlank(row) || namingKinds.has(row.kind))) break;
        end = { id: row.id, hash: row.hash };
        count++;
      }
      // One entry comes for those that go.
      if (end === undefined || count < 2) return 0;
      await transaction.deleteFrom('journal').where('id', '<=', end.id).execute();
      await appendJournal(transaction, [
        {
          kind: 'retention',
          text: `the beginning of the journal up to entry ${end.id} went by retention: it held no text any more`,
          at: now,
          actor: itself,
          after: { pruned: end },
        },
      ]);
      return count;
    });
    pruned += count;
    if (count < batchRows) return pruned;
    await setImmediate();
  }
}

async function noteUpkeep(db: Kysely<Tables>, report: UpkeepReport, at: number): Promise<void> {
  const { hidden, removed, periods } = report;
  const parts = [
    ...(hidden > 0 ? [`${hidden} leases that ended long ago have a pseudonym now`] : []),
    ...(removed > 0
      ? [`${removed} leases, stretches of what NICs held, port blocks, request keys and fills went by retention`]
      : []),
    ...(periods.length > 0 ? [`the keys of periods ${periods.join(', ')} were destroyed`] : []),
  ];
  const after = { hidden, removed, ...(periods.length > 0 ? { periods } : {}) };
  await appendJournal(db, [{ kind: 'retention', text: parts.join('; '), at, actor: itself, after }]);
}
