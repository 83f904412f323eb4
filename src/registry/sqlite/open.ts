import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { AppError } from '../../errors/app-error.ts';
import { SqlLeases } from '../leases/sql-leases.ts';
import { migrations } from '../migrations/all.ts';
import type { Registry } from '../registry.ts';
import { loadState } from '../registry-state.ts';
import { SqlSeen } from '../seen/sql-seen.ts';
import { type RegistryStore, SqlRegistry } from '../sql-registry.ts';
import type { Tables } from '../tables.ts';
import { createDatabaseFile, openDatabaseFile } from './database-file.ts';
import { NodeSqliteDialect } from './dialect.ts';
import { eraseTraces } from './erase-traces.ts';
import { explainSqlite, isUniqueViolation } from './explain.ts';
import { sqliteLeaseStore } from './lease-statements.ts';
import { prepareStateDirectory } from './state-directory.ts';
import { lockStateDirectory } from './state-lock.ts';

export const fileName = 'registry.sqlite';

/**
 * Opens the registry in a state directory, which it makes when it is not there, and keeps every other daemon out
 * until `close`. `now` in milliseconds since the epoch. WAL and synchronous=FULL: what a commit answered is on the disk.
 * Throws `daemon-running`, and `registry-failed` for a damaged or newer file or a directory that cannot be used.
 */
export async function openSqliteRegistry(options: { directory: string; now: () => number }): Promise<Registry> {
  const { directory, now } = options;
  const file = join(directory, fileName);
  prepareStateDirectory(directory, fileName);
  const undo: (() => void | Promise<void>)[] = [];
  try {
    const lock = await lockStateDirectory(directory);
    undo.push(() => lock.release());
    if (!existsSync(file)) await createDatabaseFile(file, createRegistry);
    const database = openDatabaseFile(file);
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
    undo.push(() => db.destroy());
    refuseNewer(database, file);
    await migrate(db);
    const state = await loadState(db);
    const key = await db
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'site-key')
      .executeTakeFirstOrThrow();
    const close = async (): Promise<void> => {
      await db.destroy();
      lock.release();
    };
    const store: RegistryStore = {
      db,
      explain: (error) => explainSqlite(error, file),
      isUniqueViolation,
      eraseTraces: (macs, anew) =>
        eraseTraces(database, (work) => db.connection().execute(async () => work()), directory, macs, anew),
      close,
    };
    const leaseStore = sqliteLeaseStore(store, database);
    const leases = new SqlLeases(leaseStore, key.value);
    const registry = new SqlRegistry({ ...store, ...leaseStore }, state, key.value, leases, await SqlSeen.load(store));
    await noteClock(registry, now());
    return registry;
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw explainSqlite(error, file);
  }
}

/** Tables and first rows of a new registry. */
export async function createRegistry(database: DatabaseSync): Promise<void> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
  await migrate(db);
  await db
    .insertInto('settings')
    .values({ name: 'site-key', value: randomBytes(32).toString('hex') })
    .execute();
  await db.destroy();
}

export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** A file that a newer Bridgekeeper has migrated may mean things that this one does not know. */
export function refuseNewer(database: DatabaseSync, file: string): void {
  const rows = database.prepare('select name from kysely_migration order by name').all() as { name: string }[];
  const unknown = rows.map(({ name }) => name).filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new AppError(
    'registry-failed',
    `registry "${file}" was written by a newer Bridgekeeper (it has "${unknown.join('", "')}", this one knows up to "${Object.keys(migrations).sort().at(-1)}"); expected a Bridgekeeper at least as new`,
  );
}

/** Quarantines are counted by the clock, so one that went back is worth a line in the journal. */
async function noteClock(registry: Registry, now: number): Promise<void> {
  const head = await registry.head();
  if (head === undefined || head.at <= now) return;
  const [clock, then] = [new Date(now).toISOString(), new Date(head.at).toISOString()];
  await registry.note('clock', `the clock stands at ${clock}, before revision ${head.number} of ${then}`, now);
}
