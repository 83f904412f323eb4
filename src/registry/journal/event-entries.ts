import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { Tables } from '../tables.ts';
import type { AuditEntry } from './audit-trail.ts';
import { entriesOf } from './read-journal.ts';
import type { JournalStore } from './sql-audit-trail.ts';

/** Which entries that begin an event are meant. Everything that is given must fit. */
export interface EventEntryQuery {
  readonly kinds?: readonly string[];
  /** As they began, or as they were raised later. */
  readonly severities?: readonly string[];
  readonly guest?: string;
  readonly owner?: string;
  readonly segment?: string;
  readonly port?: string;
  /** At or after, and before (ms since the epoch). */
  readonly since?: number;
  readonly until?: number;
}

/**
 * Entries of the journal that are about events. What begins an event has `{ event: { subject, severity, … } }` as its
 * `after`; what is written of it later has `{ of: <id of that entry>, … }`. Rejects with `registry-failed`.
 */
export interface EventEntries {
  /** Entries that begin events with ids below `below`, newest first. */
  begun(query: EventEntryQuery, page: { readonly below?: number; readonly limit: number }): Promise<AuditEntry[]>;
  /** Entries that begin what was lasting then, newest first; what ended it later is not looked at. */
  begunLasting(limit: number): Promise<AuditEntry[]>;
  /** All that begin events or go on with them, with ids above `id`, oldest first. */
  after(id: number, limit: number): Promise<AuditEntry[]>;
  /** Entries that begin events, by id; those that are none or are gone are left out. */
  byId(ids: readonly number[]): Promise<Map<number, AuditEntry>>;
  /** The last that was written of events, by the id of the event; events of which nothing was are left out. */
  latestOf(ids: readonly number[]): Promise<Map<number, AuditEntry>>;
  /** Id of the newest entry of the journal; 0 in an empty one. */
  head(): Promise<number>;
}

type Build = ExpressionBuilder<Tables, 'journal'>;

/** As the indexes say it (migration 0009): the database finds them by these very words. */
const begins = sql<SqlBool>`substr(after, 1, 9) = '{"event":'`;
const lasting = sql<SqlBool>`after ->> '$.event.state' = 'lasting'`;
const goesOn = sql<SqlBool>`substr(after, 1, 6) = '{"of":'`;
const of = sql<number>`after ->> '$.of'`;
const asked = {
  guest: sql<string>`after ->> '$.event.subject.guest'`,
  owner: sql<string>`after ->> '$.event.subject.owner'`,
  segment: sql<string>`after ->> '$.event.subject.segment'`,
  port: sql<string>`after ->> '$.event.subject.port'`,
};
const severity = sql<string>`after ->> '$.event.severity'`;

/** Ids of one `in`: below the parameter limit of every database. */
const mostParameters = 500;
/** Ids that one statement looks through at first; it grows and shrinks with the time that it takes. */
const firstWindow = 4096;
/** Milliseconds that one statement should take. */
const goodTime = 5;

/** Ids: those above `low`, up to `high`. */
interface Window {
  readonly low: number;
  readonly high: number;
}

function conditionsOf(build: Build, query: EventEntryQuery, window: Window): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [begins];
  if (query.kinds !== undefined) conditions.push(build('kind', 'in', query.kinds));
  if (query.severities !== undefined)
    conditions.push(
      build.or([build(severity, 'in', query.severities), build('id', 'in', raised(build, query, window))]),
    );
  if (query.since !== undefined) conditions.push(build('at', '>=', query.since));
  if (query.until !== undefined) conditions.push(build('at', '<', query.until));
  for (const name of ['guest', 'owner', 'segment', 'port'] as const) {
    const value = query[name];
    if (value !== undefined) conditions.push(build(asked[name], '=', value));
  }
  return conditions;
}

/** Events that were less severe when they began: what is written later says so only then. */
function raised(build: Build, { severities = [] }: EventEntryQuery, { low, high }: Window) {
  return build
    .selectFrom('journal')
    .select(of.as('id'))
    .where(goesOn)
    .where(of, '>', low)
    .where(of, '<=', high)
    .where(sql<string>`after ->> '$.severity'`, 'in', severities);
}

export class SqlEventEntries implements EventEntries {
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    this.#store = store;
  }

  begun(
    query: EventEntryQuery,
    { below, limit }: { readonly below?: number; readonly limit: number },
  ): Promise<AuditEntry[]> {
    return this.#attempt(async (db) => {
      const turn = new EventLoopTurn();
      const rows: Tables['journal'][] = [];
      const { lowest, highest } = await bounds(db);
      let size = firstWindow;
      // Windows without their lower bound, so that nothing lies between two of them.
      for (let high = Math.min(highest, (below ?? Number.POSITIVE_INFINITY) - 1); high >= lowest; ) {
        const low = Math.max(lowest - 1, high - size);
        const began = performance.now();
        const found = await db
          .selectFrom('journal')
          .selectAll()
          .where((build) => build.and(conditionsOf(build, query, { low, high })))
          .where('id', '>', low)
          .where('id', '<=', high)
          .orderBy('id', 'desc')
          .limit(limit - rows.length)
          .execute();
        rows.push(...found);
        if (rows.length >= limit) break;
        size = performance.now() - began < goodTime ? size * 2 : Math.max(64, Math.floor(size / 2));
        high = low;
        await turn.pause();
      }
      return entriesOf(db, rows);
    });
  }

  begunLasting(limit: number): Promise<AuditEntry[]> {
    return this.#attempt(async (db) => {
      const found = db.selectFrom('journal').selectAll().where(begins).where(lasting);
      return entriesOf(db, await found.orderBy('id', 'desc').limit(limit).execute());
    });
  }

  after(id: number, limit: number): Promise<AuditEntry[]> {
    return this.#attempt(async (db) => {
      // Each by its own index; an `or` of both would read everything.
      const read = (which: Expression<SqlBool>): Promise<Tables['journal'][]> =>
        db.selectFrom('journal').selectAll().where(which).where('id', '>', id).orderBy('id').limit(limit).execute();
      const rows = [...(await read(begins)), ...(await read(goesOn))];
      rows.sort((a, b) => a.id - b.id);
      return entriesOf(db, rows.slice(0, limit));
    });
  }

  byId(ids: readonly number[]): Promise<Map<number, AuditEntry>> {
    return this.#attempt(async (db) => {
      const rows: Tables['journal'][] = [];
      for (const some of chunks(ids))
        rows.push(...(await db.selectFrom('journal').selectAll().where(begins).where('id', 'in', some).execute()));
      return new Map((await entriesOf(db, rows)).map((entry) => [entry.id, entry]));
    });
  }

  latestOf(ids: readonly number[]): Promise<Map<number, AuditEntry>> {
    return this.#attempt(async (db) => {
      const latest = new Map<number, number>();
      for (const some of chunks(ids)) {
        const rows = await db
          .selectFrom('journal')
          .select([of.as('of'), ({ fn }) => fn.max<number>('id').as('id')])
          .where(goesOn)
          .where(of, 'in', some)
          .groupBy(of)
          .execute();
        for (const row of rows) latest.set(Number(row.id), Number(row.of));
      }
      const rows: Tables['journal'][] = [];
      for (const some of chunks([...latest.keys()]))
        rows.push(...(await db.selectFrom('journal').selectAll().where('id', 'in', some).execute()));
      const entries = await entriesOf(db, rows);
      return new Map(entries.map((entry) => [latest.get(entry.id) as number, entry]));
    });
  }

  head(): Promise<number> {
    return this.#attempt(async (db) => (await bounds(db)).highest);
  }

  async #attempt<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await work(this.#store.db);
    } catch (error) {
      throw this.#store.explain(error);
    }
  }
}

async function bounds(db: Kysely<Tables>): Promise<{ lowest: number; highest: number }> {
  const { fn } = db;
  const lowest = await db.selectFrom('journal').select(fn.min<number | null>('id').as('id')).executeTakeFirst();
  const highest = await db.selectFrom('journal').select(fn.max<number | null>('id').as('id')).executeTakeFirst();
  return { lowest: Number(lowest?.id ?? 1), highest: Number(highest?.id ?? 0) };
}

function* chunks(ids: readonly number[]): Generator<readonly number[]> {
  for (let start = 0; start < ids.length; start += mostParameters) yield ids.slice(start, start + mostParameters);
}
