import { type Kysely, sql } from 'kysely';

/**
 * A guest may have several port blocks at once: `place` 0 is the first, further ones count on. The rows of a
 * same-address guest all carry its share id. `port_blocks_until` finds blocks that rest.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('port_blocks')
    .addColumn('place', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  for (const column of ['guest', 'share_id']) {
    await db.schema.dropIndex(`port_blocks_${column}`).execute();
    await db.schema
      .createIndex(`port_blocks_${column}`)
      .unique()
      .on('port_blocks')
      .columns([column, 'place'])
      .where(sql<boolean>`until is null`)
      .execute();
  }
  await db.schema
    .createIndex('port_blocks_until')
    .on('port_blocks')
    .column('until')
    .where(sql<boolean>`until is not null`)
    .execute();
}
