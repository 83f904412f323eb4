import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { noon } from './samples.ts';
import { testLeaseStore } from './suite.ts';

testLeaseStore('leases on SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-leases-'));
  return {
    open: async () => {
      const registry = await openSqliteRegistry({ directory, now: () => noon });
      return { leases: registry.leases, close: () => registry.close() };
    },
    remove: () => rm(directory, { recursive: true }),
  };
});
