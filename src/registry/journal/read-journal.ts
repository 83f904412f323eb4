import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { isBlank, type JournalRecord } from '../../model/journal/journal-record.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { Tables } from '../tables.ts';
import type { AuditEntry, AuditQuery } from './audit-trail.ts';
import { keyRingOf, pseudonymsOf } from './key-ring.ts';
import { aliasesIn, replaceAliases, replaceMacs } from './mac-texts.ts';
import { pseudonymCheck } from './verify-pseudonyms.ts';

/** Rows that are read at once. */
const batchRows = 1000;
/** Values of one `in`: below the parameter limit of every database. */
const mostParameters = 500;

/** Ids that one statement looks through at first; it grows and shrinks with the time that it takes. */
const firstWindow = 1024;
/** Milliseconds that one statement should take. */
const goodTime = 5;

interface Page {
  readonly direction: 'asc' | 'desc';
  readonly from?: number;
  readonly limit: number;
}

/** Entries from an id on in one direction, at most `limit`. Long looks are cut into turns that let the event loop go. */
export async function readRows(db: Kysely<Tables>, query: AuditQuery, page: Page): Promise<Tables['journal'][]> {
  const { direction, from, limit } = page;
  if (Object.values(query).every((condition) => condition === undefined)) {
    const rows = db.selectFrom('journal').selectAll().orderBy('id', direction).limit(limit);
    return from === undefined ? rows.execute() : rows.where('id', direction === 'asc' ? '>' : '<', from).execute();
  }
  const { first, last } = await boundsOf(db, page);
  const turn = new EventLoopTurn();
  const found: Tables['journal'][] = [];
  let size = firstWindow;
  // Windows without their lower bound, so that nothing lies between two of them.
  for (let [low, high] = [first, last]; low < high && found.length < limit; ) {
    const split = direction === 'asc' ? Math.min(high, low + size) : Math.max(low, high - size);
    const window = direction === 'asc' ? { low, high: split } : { low: split, high };
    const began = performance.now();
    found.push(...(await selection(db, query, window, direction, limit - found.length)));
    size = performance.now() - began < goodTime ? size * 2 : Math.max(1, Math.floor(size / 2));
    if (direction === 'asc') low = split;
    else high = split;
    await turn.pause();
  }
  return found;
}

/** Ids of a page: `first` itself is not part of it. */
async function boundsOf(db: Kysely<Tables>, { direction, from }: Page): Promise<{ first: number; last: number }> {
  const { fn } = db;
  const { lowest, highest } = await db
    .selectFrom('journal')
    .select([fn.min<number | null>('id').as('lowest'), fn.max<number | null>('id').as('highest')])
    .executeTakeFirstOrThrow();
  const [first, last] = [Number(lowest ?? 0) - 1, Number(highest ?? -1)];
  if (from === undefined) return { first, last };
  return direction === 'asc' ? { first: Math.max(first, from), last } : { first, last: Math.min(last, from - 1) };
}

function selection(
  db: Kysely<Tables>,
  query: AuditQuery,
  { low, high }: { readonly low: number; readonly high: number },
  direction: Page['direction'],
  limit: number,
): Promise<Tables['journal'][]> {
  let rows = db
    .selectFrom('journal')
    .selectAll()
    .where('id', '>', low)
    .where('id', '<=', high)
    .orderBy('id', direction)
    .limit(limit);
  if (query.kinds !== undefined) rows = rows.where('kind', 'in', query.kinds);
  if (query.who !== undefined) rows = rows.where('who', '=', query.who);
  if (query.since !== undefined) rows = rows.where('at', '>=', query.since);
  if (query.until !== undefined) rows = rows.where('at', '<', query.until);
  if (query.owner !== undefined) {
    const owner = query.owner;
    rows = rows.where((build) => containing(build, ['owners'], [JSON.stringify(owner)]));
  }
  if (query.text !== undefined) {
    const needles = needlesOf(db, query.text);
    rows = rows.where((build) => containing(build, ['text', 'before', 'after'], needles));
  }
  return rows.execute();
}

/** A text with a MAC address is looked for under each pseudonym of it. */
function needlesOf(db: Kysely<Tables>, text: string): string[] {
  const macs = new Set<number>();
  replaceMacs(text, (mac) => {
    macs.add(mac);
    return '';
  });
  const [mac] = macs;
  if (mac === undefined || macs.size > 1) return [text];
  const aliases = pseudonymsOf(keyRingOf(db), mac);
  return [text, ...aliases.map(({ alias }) => replaceMacs(text, () => alias))];
}

function containing(
  build: ExpressionBuilder<Tables, 'journal'>,
  columns: readonly ('text' | 'before' | 'after' | 'owners')[],
  needles: readonly string[],
) {
  const patterns = needles.map((needle) => `%${needle.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`);
  return build.or(
    columns.flatMap((column) =>
      patterns.map((pattern) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`),
    ),
  );
}

/** Oldest first, in batches; ids above `after`. */
export async function* readBatches(
  db: Kysely<Tables>,
  query: AuditQuery = {},
  after: number = Number.NEGATIVE_INFINITY,
): AsyncGenerator<Tables['journal'][]> {
  let from = after;
  for (;;) {
    const page = { direction: 'asc', limit: batchRows } as const;
    const rows = await readRows(db, query, Number.isFinite(from) ? { ...page, from } : page);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchRows) return;
    from = last.id;
  }
}

/** Whom the pseudonyms in these texts stand for, as far as that may still be known. */
async function resolveAliases(db: Kysely<Tables>, texts: Iterable<string | null>): Promise<(text: string) => string> {
  const found = new Set<string>();
  for (const text of texts) for (const alias of text === null ? [] : aliasesIn(text)) found.add(alias);
  const aliases = [...found];
  const macs = new Map<string, string>();
  const isOurs = pseudonymCheck(keyRingOf(db));
  for (let start = 0; start < aliases.length; start += mostParameters) {
    const rows = await db
      .selectFrom('pseudonyms')
      .select(['alias', 'mac', 'period'])
      .where('alias', 'in', aliases.slice(start, start + mostParameters))
      .execute();
    // One that was made to stand for another address is not believed.
    for (const row of rows.filter(isOurs)) macs.set(row.alias, macFromInteger(row.mac));
  }
  return (text) => (macs.size === 0 ? text : replaceAliases(text, (alias) => macs.get(alias)));
}

const textsOf = (rows: readonly JournalRecord[]) => rows.flatMap(({ text, before, after }) => [text, before, after]);

/** Rows as they are read by people: MAC addresses in clear where that is possible. */
export async function entriesOf(db: Kysely<Tables>, rows: readonly JournalRecord[]): Promise<AuditEntry[]> {
  const clear = await resolveAliases(db, textsOf(rows));
  const value = (name: string, json: string | null) => (json === null ? {} : { [name]: JSON.parse(clear(json)) });
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind,
    who: row.who,
    from: row.origin,
    text: row.text === null ? '(erased)' : clear(row.text),
    ...value('before', row.before),
    ...value('after', row.after),
    ...value('owners', row.owners),
    ...(isBlank(row) ? { erased: true } : {}),
    hash: row.hash,
  }));
}

/** The same rows with MAC addresses in clear; they are not what the digest was made of any more, so that goes. */
export async function clearRecords(db: Kysely<Tables>, rows: readonly JournalRecord[]): Promise<JournalRecord[]> {
  const clear = await resolveAliases(db, textsOf(rows));
  const value = (text: string | null) => (text === null ? null : clear(text));
  return rows.map((row) => ({
    ...row,
    text: value(row.text),
    before: value(row.before),
    after: value(row.after),
    salt: null,
  }));
}
