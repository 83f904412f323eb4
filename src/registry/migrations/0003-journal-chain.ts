import type { Kysely } from 'kysely';
import { appendJournal } from '../journal/journal.ts';
import type { Tables } from '../tables.ts';

/** Entries hold who, from where, before and after, and each the hash of the one before it. Old entries are chained. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('journal').renameTo('journal_before').execute();
  await db.schema
    .createTable('journal')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('text', 'text')
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('owners', 'text')
    .addColumn('salt', 'text')
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('previous', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('seal', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('journal_at').on('journal').column('at').execute();
  await db.schema
    .createTable('pseudonyms')
    .addColumn('alias', 'text', (column) => column.primaryKey())
    .addColumn('mac', 'bigint', (column) => column.notNull())
    .addColumn('period', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  for (const column of ['mac', 'period', 'at'])
    await db.schema.createIndex(`pseudonyms_${column}`).on('pseudonyms').column(column).execute();
  await chainOld(db as Kysely<Tables & { journal_before: Before }>);
  await db.schema.dropTable('journal_before').execute();
}

interface Before {
  id: number;
  at: number;
  kind: string;
  text: string;
}

/** The order is kept; who and from where was not known then. */
async function chainOld(db: Kysely<Tables & { journal_before: Before }>): Promise<void> {
  const actor = { who: 'unknown', from: 'before the journal was chained' };
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('journal_before')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(1000)
      .execute();
    if (rows.length === 0) return;
    await appendJournal(
      db as unknown as Kysely<Tables>,
      rows.map(({ at, kind, text }) => ({ at, kind, text, actor })),
    );
    after = rows.at(-1)?.id ?? after;
  }
}
