import type { Migration } from 'kysely/migration';
import * as firstTables from './0001-first-tables.ts';
import * as leasesByMac from './0002-leases-by-mac.ts';
import * as journalChain from './0003-journal-chain.ts';
import * as rotations from './0004-rotations.ts';
import * as seen from './0005-seen.ts';
import * as portBlockGrowth from './0006-port-block-growth.ts';
import * as holdings from './0007-holdings.ts';
import * as kept from './0008-kept.ts';
import * as events from './0009-events.ts';

/** Every migration by its name; they run in the order of their names. Never change one that was released. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-leases-by-mac': leasesByMac,
  '0003-journal-chain': journalChain,
  '0004-rotations': rotations,
  '0005-seen': seen,
  '0006-port-block-growth': portBlockGrowth,
  '0007-holdings': holdings,
  '0008-kept': kept,
  '0009-events': events,
};
