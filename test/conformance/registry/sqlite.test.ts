import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { testRegistry } from './suite.ts';

testRegistry('registry on SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-registry-'));
  return {
    open: () => openSqliteRegistry({ directory, now: () => Date.parse('2026-11-22T00:00:00Z') }),
    remove: () => rm(directory, { recursive: true }),
  };
});
