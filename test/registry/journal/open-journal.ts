import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { AppError } from '../../../src/errors/app-error.ts';
import { appendJournal, type JournalInput } from '../../../src/registry/journal/journal.ts';
import { SqlAuditTrail } from '../../../src/registry/journal/sql-audit-trail.ts';
import { createDatabaseFile, openDatabaseFile } from '../../../src/registry/sqlite/database-file.ts';
import { NodeSqliteDialect } from '../../../src/registry/sqlite/dialect.ts';
import { createRegistry } from '../../../src/registry/sqlite/open.ts';
import type { Tables } from '../../../src/registry/tables.ts';

/** What ends sooner or later and then cleans up. */
export interface Scope {
  after(clean: () => unknown): void;
}

export function scratch(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-journal-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const fileIn = (directory: string): string => join(directory, 'registry.sqlite');

/** The journal of a registry in a directory, without the rest. */
export interface OpenJournal {
  readonly db: Kysely<Tables>;
  readonly trail: SqlAuditTrail;
  append(...entries: (Partial<JournalInput> & { text: string })[]): Promise<unknown>;
  close(): Promise<void>;
}

export const noon = Date.parse('2026-11-21T12:00:00Z');

export async function openJournal(directory: string): Promise<OpenJournal> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(openDatabaseFile(fileIn(directory))) });
  const explain = (error: unknown): AppError =>
    error instanceof AppError ? error : new AppError('registry-failed', String(error), { cause: error });
  return {
    db,
    trail: new SqlAuditTrail({ db, explain }),
    append: (...entries) =>
      appendJournal(
        db,
        entries.map((entry) => ({
          kind: 'try',
          at: noon,
          actor: { who: 'ada', from: 'unix socket' },
          ...entry,
        })),
      ),
    close: () => db.destroy(),
  };
}

/** An empty registry file. */
export async function createJournal(directory: string): Promise<void> {
  await createDatabaseFile(fileIn(directory), createRegistry);
}

/** Changes the database as somebody would who has nothing but SQL. */
export function tamper(directory: string, change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(fileIn(directory));
  try {
    change(database);
  } finally {
    database.close();
  }
}
