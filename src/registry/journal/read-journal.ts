import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { isBlank, type JournalRecord } from '../../model/journal/journal-record.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Tables } from '../tables.ts';
import type { AuditEntry, AuditQuery } from './audit-trail.ts';
import { keyRingOf, pseudonymsOf } from './key-ring.ts';
import { aliasesIn, replaceAliases, replaceMacs } from './mac-texts.ts';

/** Rows that are read at once. */
const batchRows = 1000;
/** Values of one `in`: below the parameter limit of every database. */
const mostParameters = 500;

/** Entries from an id on in one direction, at most `limit`. */
export async function readRows(
  db: Kysely<Tables>,
  query: AuditQuery,
  page: { readonly direction: 'asc' | 'desc'; readonly from?: number; readonly limit: number },
): Promise<Tables['journal'][]> {
  let rows = db.selectFrom('journal').selectAll().orderBy('id', page.direction).limit(page.limit);
  if (page.from !== undefined) rows = rows.where('id', page.direction === 'asc' ? '>' : '<', page.from);
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

/** Oldest first, in batches. */
export async function* readBatches(db: Kysely<Tables>, query: AuditQuery = {}): AsyncGenerator<Tables['journal'][]> {
  let from = Number.NEGATIVE_INFINITY;
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
export async function resolveAliases(
  db: Kysely<Tables>,
  texts: Iterable<string | null>,
): Promise<(text: string) => string> {
  const found = new Set<string>();
  for (const text of texts) for (const alias of text === null ? [] : aliasesIn(text)) found.add(alias);
  const aliases = [...found];
  const macs = new Map<string, string>();
  for (let start = 0; start < aliases.length; start += mostParameters) {
    const rows = await db
      .selectFrom('pseudonyms')
      .select(['alias', 'mac'])
      .where('alias', 'in', aliases.slice(start, start + mostParameters))
      .execute();
    for (const { alias, mac } of rows) macs.set(alias, macFromInteger(mac));
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
