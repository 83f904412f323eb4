import { type Kysely, sql } from 'kysely';

/** Types and partial indexes that SQLite and PostgreSQL both know; ids are given by us, so no dialect's counters. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('revisions')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('added', 'integer', (column) => column.notNull())
    .addColumn('removed', 'integer', (column) => column.notNull())
    .addColumn('changed', 'integer', (column) => column.notNull())
    .addColumn('confirm_by', 'bigint')
    .addColumn('fallback', 'bigint')
    .execute();
  await createObjects(db);
  await createLeases(db);
  await createPortBlocks(db);
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('journal')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();
}

async function createObjects(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('objects')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('place', 'bigint', (column) => column.notNull())
    .addColumn('first_revision', 'bigint', (column) => column.notNull().references('revisions.number'))
    .addColumn('last_revision', 'bigint', (column) => column.references('revisions.number'))
    .addPrimaryKeyConstraint('objects_key', ['kind', 'name', 'first_revision'])
    .addCheckConstraint('objects_origin', sql`origin in ('file', 'api')`)
    .execute();
  await db.schema
    .createIndex('objects_standing')
    .unique()
    .on('objects')
    .columns(['kind', 'name'])
    .where(sql<boolean>`last_revision is null`)
    .execute();
}

async function createLeases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('guest', 'text', (column) => column.notNull())
    .addColumn('nic', 'integer', (column) => column.notNull())
    .addColumn('segment', 'text', (column) => column.notNull())
    .addColumn('mac', 'text', (column) => column.notNull())
    .addColumn('ipv4', 'text', (column) => column.notNull())
    .addColumn('ipv6', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('released_at', 'bigint')
    .addColumn('free_at', 'bigint')
    .addCheckConstraint('leases_state', sql`state in ('reserved', 'active', 'retiring', 'quarantined', 'free')`)
    .execute();
  const unique = { leases_mac: ['segment', 'mac'], leases_ipv4: ['segment', 'ipv4'], leases_ipv6: ['segment', 'ipv6'] };
  for (const [name, columns] of Object.entries(unique)) {
    await db.schema
      .createIndex(name)
      .unique()
      .on('leases')
      .columns(columns)
      .where(sql<boolean>`state in ('reserved', 'active', 'retiring')`)
      .execute();
  }
  await db.schema
    .createIndex('leases_nic')
    .unique()
    .on('leases')
    .columns(['guest', 'nic'])
    .where(sql<boolean>`state in ('reserved', 'active')`)
    .execute();
  await db.schema
    .createIndex('leases_remembered')
    .on('leases')
    .columns(['free_at'])
    .where(sql<boolean>`state = 'quarantined'`)
    .execute();
}

async function createPortBlocks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('port_blocks')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('guest', 'text', (column) => column.notNull())
    .addColumn('first_port', 'integer', (column) => column.notNull())
    .addColumn('last_port', 'integer', (column) => column.notNull())
    .addColumn('share_id', 'integer')
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint')
    .execute();
  for (const column of ['guest', 'first_port', 'share_id']) {
    await db.schema
      .createIndex(`port_blocks_${column}`)
      .unique()
      .on('port_blocks')
      .column(column)
      .where(sql<boolean>`until is null`)
      .execute();
  }
}
