import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { JournalRow, PseudonymRow, Tables } from '../tables.ts';

/** What appending needs, compiled once for each store: building a query takes longer than running it. */
interface Statements {
  readonly settings: CompiledQuery<{ name: string; value: string }>;
  readonly insert: CompiledQuery;
  readonly remember: CompiledQuery;
  readonly setHead: CompiledQuery;
}

const compiled = new WeakMap<object, Statements>();

const columns = [
  'id',
  'at',
  'kind',
  'who',
  'origin',
  'text',
  'before',
  'after',
  'owners',
  'salt',
  'digest',
  'previous',
  'hash',
  'seal',
] as const satisfies readonly (keyof JournalRow)[];

const pseudonymColumns = ['alias', 'mac', 'period', 'at'] as const satisfies readonly (keyof PseudonymRow)[];

function compile(db: Kysely<Tables>): Statements {
  const blank = <K extends string>(names: readonly K[]) => Object.fromEntries(names.map((name) => [name, ''])) as never;
  return {
    settings: db
      .selectFrom('settings')
      .select(['name', 'value'])
      .where('name', 'in', ['journal-head', 'privacy-period-days'])
      .compile(),
    insert: db.insertInto('journal').values(blank(columns)).compile(),
    remember: db
      .insertInto('pseudonyms')
      .values(blank(pseudonymColumns))
      .onConflict((conflict) =>
        conflict
          .column('alias')
          .doUpdateSet({ at: sql`excluded.at` })
          // To the day is enough, and most mentions then write nothing.
          .where(sql<boolean>`excluded.at > pseudonyms.at + 86400000`),
      )
      .compile(),
    setHead: db
      .insertInto('settings')
      .values({ name: 'journal-head', value: '' })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql`excluded.value` }))
      .compile(),
  };
}

/** The statements of the journal on a connection or transaction. */
export function journalStatements(db: Kysely<Tables>) {
  const { adapter } = db.getExecutor();
  let statements = compiled.get(adapter);
  if (statements === undefined) {
    statements = compile(db);
    compiled.set(adapter, statements);
  }
  const { settings, insert, remember, setHead } = statements;
  return {
    async settings(): Promise<Map<string, string>> {
      const { rows } = await db.executeQuery(settings);
      return new Map(rows.map(({ name, value }) => [name, value]));
    },
    insert: (row: JournalRow) => db.executeQuery({ ...insert, parameters: columns.map((column) => row[column]) }),
    remember: (row: PseudonymRow) =>
      db.executeQuery({ ...remember, parameters: pseudonymColumns.map((column) => row[column]) }),
    setHead: (value: string) => db.executeQuery({ ...setHead, parameters: ['journal-head', value] }),
  };
}
