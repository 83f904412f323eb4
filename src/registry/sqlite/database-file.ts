import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../errors/app-error.ts';

/** "BKPR" in the header of the file (PRAGMA application_id): this is a registry of Bridgekeeper. */
const applicationId = 0x424b5052;
/** Larger files get the quick check at every start, which leaves indexes out; a full one would take seconds. */
const fullCheckLimit = 64 * 1024 * 1024;
/** In files larger than this, tables that grow with use are left out: damage in them is found when it is read. */
const quickCheckLimit = 256 * 1024 * 1024;
const growingTables: ReadonlySet<string> = new Set(['leases', 'journal', 'pseudonyms', 'requests']);

/** Pages of large registries lie far apart: with SQLite's own 2 MiB a bulk order would read each of them again and again. */
const cacheKibibytes = 32 * 1024;
/** 128 MiB of log: a page that many changes touch is written to its place once, not once for every few of them. */
const checkpointPages = 32768;

/**
 * Makes a new registry file: `fill` writes tables and first rows into a file of another name, which then takes the
 * right one. So a file of the right name was complete once, and an empty or short one is damage, not a beginning.
 */
export async function createDatabaseFile(file: string, fill: (database: DatabaseSync) => Promise<void>): Promise<void> {
  const draft = `${file}.new`;
  // A write-ahead log that outlived its database would be played into the new one.
  for (const leftover of [draft, `${draft}-wal`, `${draft}-shm`, `${file}-wal`, `${file}-shm`])
    rmSync(leftover, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const database = new DatabaseSync(draft);
  try {
    database.exec(
      `pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma application_id = ${applicationId}`,
    );
    await fill(database);
  } finally {
    if (database.isOpen) database.close();
  }
  renameSync(draft, file);
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Opens a registry file and looks whether it is whole. Throws `registry-failed` when it is not, or is not ours. */
export function openDatabaseFile(file: string): DatabaseSync {
  const { size } = statSync(file);
  if (size === 0) {
    throw new AppError(
      'registry-failed',
      `registry "${file}" is empty (0 bytes): it was cut off; restore it from a backup`,
    );
  }
  const database = new DatabaseSync(file, { timeout: 2000 });
  try {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on',
    );
    database.exec(`pragma cache_size = -${cacheKibibytes}; pragma wal_autocheckpoint = ${checkpointPages}`);
    const { application_id: id } = database.prepare('pragma application_id').get() as { application_id: number };
    if (id !== applicationId) {
      throw new AppError(
        'registry-failed',
        `registry "${file}" is a SQLite database of something else (application id ${id}, expected ${applicationId})`,
      );
    }
    for (const check of checksFor(database, size)) {
      const [result] = Object.values(database.prepare(`pragma ${check}`).get() ?? {});
      if (result === 'ok') continue;
      throw new AppError('registry-failed', `registry "${file}" is damaged: ${result}; restore it from a backup`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What is looked at before a registry of so many bytes is used. */
function checksFor(database: DatabaseSync, size: number): string[] {
  if (size <= fullCheckLimit) return ['integrity_check(1)'];
  if (size <= quickCheckLimit) return ['quick_check(1)'];
  const rows = database.prepare("select name from sqlite_schema where type = 'table'").all() as { name: string }[];
  const names = rows.map(({ name }) => name).filter((name) => !growingTables.has(name));
  return ['sqlite_schema', ...names].map((name) => `quick_check('${name}')`);
}
