import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteLeases } from '../../../src/registry/sqlite/open-leases.ts';
import { testLeaseStore } from './suite.ts';

testLeaseStore('leases on SQLite, opened as one of several', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-leases-'));
  return {
    open: async () => {
      const leases = await openSqliteLeases({ directory });
      return { leases, close: () => leases.close() };
    },
    remove: () => rm(directory, { recursive: true }),
  };
});
