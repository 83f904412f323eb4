import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type OpenLeases, openSqliteLeases } from '../../../src/registry/sqlite/open-leases.ts';

/** A registry of its own that several may open. */
export interface SharedStore {
  readonly directory: string;
  open(): Promise<OpenLeases>;
  /** Reads or writes past everybody, as another program would. */
  look<T>(work: (database: DatabaseSync) => T): T;
}

/** Opens are closed and the directory is removed after `work`, also when it fails. */
export async function withStore(work: (store: SharedStore) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bk-shared-'));
  const opened: OpenLeases[] = [];
  try {
    await work({
      directory,
      open: async () => {
        const leases = await openSqliteLeases({ directory });
        opened.push(leases);
        return leases;
      },
      look: (read) => {
        const database = new DatabaseSync(join(directory, 'registry.sqlite'));
        try {
          return read(database);
        } finally {
          database.close();
        }
      },
    });
  } finally {
    for (const leases of opened) await leases.close();
    await rm(directory, { recursive: true });
  }
}
