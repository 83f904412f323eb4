import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { isAppError } from '../../errors/app-error.ts';
import type { Leases } from '../leases/leases.ts';
import { SqlLeases } from '../leases/sql-leases.ts';
import { migrations } from '../migrations/all.ts';
import type { Tables } from '../tables.ts';
import { createDatabaseFile, openDatabaseFile } from './database-file.ts';
import { NodeSqliteDialect } from './dialect.ts';
import { explainSqlite, isUniqueViolation } from './explain.ts';
import { sqliteLeaseStore } from './lease-statements.ts';
import { createRegistry, fileName, migrate, refuseNewer } from './open.ts';
import { prepareStateDirectory } from './state-directory.ts';
import { lockStateDirectory, type StateLock } from './state-lock.ts';

/** Leases alone, as one of several processes that share a registry. */
export interface OpenLeases extends Leases {
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** How long others may take to make a new registry, in milliseconds. */
const makingTime = 30_000;

/**
 * Opens the leases of the registry in a state directory without keeping others out: several processes may do so at the
 * same time, and write. Makes the registry when there is none. Throws like `openSqliteRegistry`.
 */
export async function openSqliteLeases(options: { directory: string }): Promise<OpenLeases> {
  const { directory } = options;
  const file = join(directory, fileName);
  prepareStateDirectory(directory, fileName);
  let database: DatabaseSync | undefined;
  try {
    if (!existsSync(file))
      await alone(directory, async () => {
        if (!existsSync(file)) await createDatabaseFile(file, createRegistry);
      });
    database = openDatabaseFile(file);
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
    refuseNewer(database, file);
    if (!isCurrent(database)) await alone(directory, () => migrate(db));
    const { value: siteKey } = await db
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'site-key')
      .executeTakeFirstOrThrow();
    // Who finds another one writing tries again by itself, without holding the event loop.
    database.exec('pragma busy_timeout = 5');
    if (process.env.BKP) database.exec(process.env.BKP);
    const explain = (error: unknown) => explainSqlite(error, file);
    const store = sqliteLeaseStore({ db, explain, isUniqueViolation, close: () => db.destroy() }, database);
    return new LeasesAlone(store, siteKey, store.close);
  } catch (error) {
    if (database?.isOpen) database.close();
    throw explainSqlite(error, file);
  }
}

class LeasesAlone extends SqlLeases implements OpenLeases {
  readonly #closeStore: () => Promise<void>;

  constructor(store: ConstructorParameters<typeof SqlLeases>[0], siteKey: string, closeStore: () => Promise<void>) {
    super(store, siteKey);
    this.#closeStore = closeStore;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#closeStore();
  }
}

function isCurrent(database: DatabaseSync): boolean {
  const rows = database.prepare('select name from kysely_migration').all() as { name: string }[];
  return rows.length === Object.keys(migrations).length;
}

/** Does what only one process may do at a time. */
async function alone(directory: string, work: () => Promise<void>): Promise<void> {
  const lock = await waitForLock(directory);
  try {
    await work();
  } finally {
    lock.release();
  }
}

async function waitForLock(directory: string): Promise<StateLock> {
  for (const begin = performance.now(); ; ) {
    try {
      return await lockStateDirectory(directory);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'daemon-running' || performance.now() - begin > makingTime) throw error;
      await sleep(10 + Math.random() * 20);
    }
  }
}
