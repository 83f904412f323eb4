import { type Kysely, SqliteAdapter, sql } from 'kysely';

/**
 * Leases of anybody, not of the site's NICs alone: MAC addresses as integers, unique in the whole site, and history
 * that can be found by address. `ended` is 0 while an address is held and the row's id after that, so one unique key
 * both keeps an address from being held twice and finds all who ever had it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const index of ['mac', 'ipv4', 'ipv6', 'nic', 'remembered'])
    await db.schema.dropIndex(`leases_${index}`).execute();
  await db.schema.alterTable('leases').renameTo('leases_before').execute();
  await createLeases(db);
  await copyLeases(db);
  await db.schema.dropTable('leases_before').execute();
  await createIndexes(db);
  await db.schema
    .createTable('requests')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('leases', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('requests_at').on('requests').column('at').execute();
  await db.schema
    .createTable('fills')
    .addColumn('pool', 'text', (column) => column.notNull())
    .addColumn('hour', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('held', 'bigint', (column) => column.notNull())
    .addColumn('quarantined', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('fills_key', ['pool', 'hour'])
    .execute();
  await db.schema
    .createTable('cursors')
    .addColumn('pool', 'text', (column) => column.primaryKey())
    .addColumn('range', 'text', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .execute();
}

async function createLeases(db: Kysely<unknown>): Promise<void> {
  // SQLite's "integer primary key" is the row's own number: no second tree to keep, and bulk rows are appended.
  const idType = db.getExecutor().adapter instanceof SqliteAdapter ? 'integer' : 'bigint';
  await db.schema
    .createTable('leases')
    .addColumn('id', idType, (column) => column.primaryKey())
    .addColumn('mac', 'bigint')
    .addColumn('alias', 'text')
    .addColumn('ended', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('guest', 'text')
    .addColumn('nic', 'integer')
    .addColumn('owner', 'text')
    .addColumn('segment', 'text')
    .addColumn('ipv4', 'text')
    .addColumn('ipv6', 'text')
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('released_at', 'bigint')
    .addColumn('free_at', 'bigint')
    .addColumn('comment', 'text')
    .addCheckConstraint('leases_state', sql`state in ('reserved', 'active', 'retiring', 'quarantined', 'free')`)
    .addCheckConstraint('leases_ended', sql`(ended = 0) = (state in ('reserved', 'active', 'retiring'))`)
    .addCheckConstraint('leases_source', sql`source in ('site', 'request')`)
    .execute();
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('leases_mac').unique().on('leases').columns(['mac', 'ended']).execute();
  for (const family of ['ipv4', 'ipv6']) {
    await db.schema
      .createIndex(`leases_${family}`)
      .unique()
      .on('leases')
      .columns(['segment', family, 'ended'])
      .where(sql.ref(family), 'is not', null)
      .execute();
  }
  await db.schema
    .createIndex('leases_nic')
    .unique()
    .on('leases')
    .columns(['guest', 'nic', 'state'])
    .where(sql<boolean>`ended = 0 and guest is not null`)
    .execute();
  const partial = {
    leases_guest: { columns: ['guest', 'nic', 'id'], where: sql<boolean>`guest is not null` },
    leases_owner: { columns: ['owner', 'id'], where: sql<boolean>`owner is not null` },
    leases_segment: { columns: ['segment', 'id'], where: sql<boolean>`segment is not null` },
    leases_quarantined: { columns: ['state', 'free_at'], where: sql<boolean>`state = 'quarantined'` },
    leases_site: { columns: ['id'], where: sql<boolean>`source = 'site' and ended = 0` },
    // To list what rests in the order of ids, however few they are among millions.
    leases_resting: { columns: ['state', 'id'], where: sql<boolean>`state = 'quarantined'` },
    leases_alias: { columns: ['alias'], where: sql<boolean>`alias is not null` },
  };
  for (const [name, { columns, where }] of Object.entries(partial)) {
    await db.schema.createIndex(name).on('leases').columns(columns).where(where).execute();
  }
}

/** MAC addresses were text in the tables before, and the owner of a guest stood in its object alone. */
async function copyLeases(db: Kysely<unknown>): Promise<void> {
  interface Before {
    id: number;
    guest: string;
    nic: number;
    segment: string;
    mac: string;
    ipv4: string;
    ipv6: string | null;
    state: string;
    since: number;
    released_at: number | null;
    free_at: number | null;
  }
  const from = db as Kysely<{ leases_before: Before }>;
  const to = db as Kysely<{ leases: Record<string, unknown> }>;
  const rows = await from.selectFrom('leases_before').selectAll().orderBy('id').execute();
  const owners = await readOwners(db);
  const states = new Set(['reserved', 'active', 'retiring']);
  for (const { mac, ...row } of rows) {
    const held = states.has(row.state);
    await to
      .insertInto('leases')
      .values({
        ...row,
        mac: Number.parseInt(mac.replaceAll(':', ''), 16),
        ended: held ? 0 : row.id,
        owner: held ? (owners.get(row.guest) ?? null) : null,
        source: 'site',
      })
      .execute();
  }
}

/** Owner of each guest as it stands. */
async function readOwners(db: Kysely<unknown>): Promise<Map<string, string>> {
  const rows = await (
    db as Kysely<{ objects: { name: string; body: string; kind: string; last_revision: number | null } }>
  )
    .selectFrom('objects')
    .select(['name', 'body'])
    .where('kind', '=', 'guest')
    .where('last_revision', 'is', null)
    .execute();
  return new Map(
    rows.flatMap(({ name, body }) => {
      const owner: unknown = (JSON.parse(body) as { owner?: unknown } | null)?.owner;
      return typeof owner === 'string' ? [[name, owner]] : [];
    }),
  );
}
