import type { Migration } from 'kysely/migration';
import * as firstTables from './0001-first-tables.ts';
import * as leasesByMac from './0002-leases-by-mac.ts';

/** Every migration by its name; they run in the order of their names. Never change one that was released. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-leases-by-mac': leasesByMac,
};
