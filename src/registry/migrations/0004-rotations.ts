import { type Kysely, sql } from 'kysely';

/**
 * NICs on their way from one MAC address to another. The addresses themselves stand in the leases of the NIC, so that
 * nothing here has to be made a pseudonym.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rotations')
    .addColumn('guest', 'text', (column) => column.notNull())
    .addColumn('nic', 'integer', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('at_most', 'integer', (column) => column.notNull())
    .addColumn('asked_at', 'bigint', (column) => column.notNull())
    .addColumn('phase_since', 'bigint', (column) => column.notNull())
    .addColumn('deadline', 'bigint')
    .addColumn('overlap', 'bigint', (column) => column.notNull())
    .addColumn('grace', 'bigint', (column) => column.notNull())
    .addColumn('hook', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('from_where', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rotations_key', ['guest', 'nic'])
    .addCheckConstraint('rotations_phase', sql`phase in ('waiting', 'prepared', 'moved', 'failed')`)
    .addCheckConstraint('rotations_hook', sql`hook in ('none', 'due', 'done', 'failed')`)
    .execute();
  await db.schema
    .createTable('rotation_runs')
    .addColumn('schedule', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
}
