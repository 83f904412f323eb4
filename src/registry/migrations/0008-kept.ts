import { type Kysely, SqliteAdapter } from 'kysely';

/** Alerts, silences, isolated NICs and messages that wait to be sent: small, and read as a whole at start. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter;
  await db.schema
    .createTable('kept')
    .addColumn('place', sqlite ? 'integer' : 'bigserial', (column) =>
      sqlite ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addUniqueConstraint('kept_id', ['kind', 'id'])
    .execute();
}
