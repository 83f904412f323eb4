import type { Transaction } from 'kysely';
import type { EventLoopTurn } from './event-loop-turn.ts';
import { inChunks } from './in-chunks.ts';
import { appendJournal } from './journal/journal.ts';
import type { AddressChanges } from './leases/address-memory.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import type { CommitWrites } from './plan-commit.ts';
import type { ObjectRow, Tables } from './tables.ts';
import { writeBlocks } from './write-blocks.ts';
import { writeLeases } from './write-leases.ts';

/**
 * Writes a planned commit in one transaction that the caller opened, and lets the event loop go now and then. Answers
 * what became of addresses. Throws `conflict` when somebody else holds one meanwhile.
 */
export async function writeCommit(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  writes: CommitWrites,
  turn: EventLoopTurn,
): Promise<AddressChanges> {
  const { revision, closed, objects, leases, blocks, journal } = writes;
  await transaction.insertInto('revisions').values(revision).execute();
  for (const [kind, rows] of Map.groupBy(closed, (row) => row.kind)) {
    await inChunks(turn, rows, (chunk) => closeObjects(transaction, kind, chunk, revision.number - 1));
  }
  await inChunks(turn, objects, (chunk) => transaction.insertInto('objects').values(chunk).execute());
  const changes = await writeLeases(transaction, store, leases, revision.at, turn);
  await writeBlocks(transaction, blocks, revision.at, turn);
  await appendJournal(transaction, [journal]);
  // The commit that follows waits for the disk.
  await turn.pause();
  return changes;
}

function closeObjects(
  transaction: Transaction<Tables>,
  kind: ObjectRow['kind'],
  rows: readonly ObjectRow[],
  lastRevision: number,
): Promise<unknown> {
  return transaction
    .updateTable('objects')
    .set({ last_revision: lastRevision })
    .where('last_revision', 'is', null)
    .where('kind', '=', kind)
    .where(
      'name',
      'in',
      rows.map(({ name }) => name),
    )
    .execute();
}
