import { type Kysely, SqliteAdapter, sql } from 'kysely';

/**
 * Who held which addresses from when to when, so that a session of the past finds its guest. The row of a lease tells
 * only how it is now: a rotation takes the IP addresses from one to another, and an owner changes in place. What was
 * before this release is told as well as its leases know it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const idType = db.getExecutor().adapter instanceof SqliteAdapter ? 'integer' : 'bigint';
  await db.schema
    .createTable('holdings')
    .addColumn('id', idType, (column) => column.primaryKey())
    .addColumn('guest', 'text')
    .addColumn('nic', 'integer')
    .addColumn('owner', 'text')
    .addColumn('segment', 'text', (column) => column.notNull())
    .addColumn('mac', 'bigint')
    .addColumn('alias', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('ipv4', 'text')
    .addColumn('ipv6', 'text')
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint')
    .addCheckConstraint('holdings_state', sql`state in ('reserved', 'active', 'retiring')`)
    .execute();
  const partial = {
    holdings_ipv4: { columns: ['ipv4', 'since'], where: sql<boolean>`ipv4 is not null` },
    holdings_ipv6: { columns: ['ipv6', 'since'], where: sql<boolean>`ipv6 is not null` },
    holdings_guest: { columns: ['guest', 'nic', 'since'], where: sql<boolean>`guest is not null` },
    holdings_owner: { columns: ['owner', 'id'], where: sql<boolean>`owner is not null` },
    holdings_erased: { columns: ['since'], where: sql<boolean>`guest is null` },
  };
  for (const [name, { columns, where }] of Object.entries(partial))
    await db.schema.createIndex(name).on('holdings').columns(columns).where(where).execute();
  await db.schema
    .createIndex('holdings_mac')
    .unique()
    .on('holdings')
    .column('mac')
    .where(sql<boolean>`until is null`)
    .execute();
  await db.schema.createIndex('holdings_until').on('holdings').column('until').execute();
  await sql`insert into holdings (id, guest, nic, owner, segment, mac, alias, state, ipv4, ipv6, since, until)
    select id, guest, nic, owner, segment, mac, alias, case when ended = 0 then state else 'active' end, ipv4, ipv6, since, released_at
    from leases where source = 'site' and guest is not null and nic is not null and segment is not null`.execute(db);
  // A commit is stored after the kernel took it; null: not known, as of revisions before this release.
  await db.schema.alterTable('revisions').addColumn('kernel_since', 'bigint').execute();
  await db.schema
    .createIndex('port_blocks_ports')
    .on('port_blocks')
    .columns(['first_port', 'last_port', 'since', 'until'])
    .execute();
}
