import { type Kysely, sql } from 'kysely';

/** What shows up on the wire without a lease, and leased addresses that show up at two places. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('seen')
    .addColumn('mac', 'bigint', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('segment', 'text')
    .addColumn('bridge', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('ip', 'text')
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('seen_key', ['mac', 'host', 'device'])
    .execute();
  await db.schema
    .createTable('conflicts')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('mac', 'bigint', (column) => column.notNull())
    .addColumn('lease', 'bigint', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('host', 'text')
    .addColumn('device', 'text')
    .addColumn('other_host', 'text', (column) => column.notNull())
    .addColumn('other_device', 'text', (column) => column.notNull())
    .addColumn('other_kind', 'text', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addCheckConstraint('conflicts_state', sql`state in ('open', 'acknowledged', 'resolved')`)
    .execute();
  await db.schema.createIndex('conflicts_mac').on('conflicts').columns(['mac']).execute();
}
