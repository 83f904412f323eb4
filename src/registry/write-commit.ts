import type { Transaction } from 'kysely';
import type { EventLoopTurn } from './event-loop-turn.ts';
import type { CommitWrites } from './plan-commit.ts';
import type { LeaseWrites } from './plan-leases.ts';
import type { ObjectRow, Tables } from './tables.ts';

/** Rows of one statement: enough to be quick, few enough for the parameter limits of every database. */
const chunkRows = 100;

/** Writes a planned commit in one transaction that the caller opened, and lets the event loop go now and then. */
export async function writeCommit(
  transaction: Transaction<Tables>,
  writes: CommitWrites,
  turn: EventLoopTurn,
): Promise<void> {
  const inChunks = chunked(turn);
  const { revision, closed, objects, leases, endedBlocks, blocks } = writes;
  await transaction.insertInto('revisions').values(revision).execute();
  for (const [kind, rows] of Map.groupBy(closed, (row) => row.kind)) {
    await inChunks(rows, (chunk) => closeObjects(transaction, kind, chunk, revision.number - 1));
  }
  await inChunks(objects, (chunk) => transaction.insertInto('objects').values(chunk).execute());
  await writeLeases(transaction, leases, revision.at, turn);
  await inChunks(endedBlocks, (chunk) =>
    transaction
      .updateTable('port_blocks')
      .set({ until: revision.at })
      .where('until', 'is', null)
      .where('guest', 'in', chunk)
      .execute(),
  );
  await inChunks(blocks, (chunk) => transaction.insertInto('port_blocks').values(chunk).execute());
  // The commit that follows waits for the disk.
  await turn.pause();
}

function chunked(turn: EventLoopTurn) {
  return async <T>(rows: readonly T[], write: (chunk: T[]) => Promise<unknown>): Promise<void> => {
    for (let start = 0; start < rows.length; start += chunkRows) {
      await turn.pause();
      await write(rows.slice(start, start + chunkRows));
    }
  };
}

/** Writes what became of leases; `at` is when those that are released were. */
export async function writeLeases(
  transaction: Transaction<Tables>,
  leases: LeaseWrites,
  at: number,
  turn: EventLoopTurn,
): Promise<void> {
  const inChunks = chunked(turn);
  for (const [freeAt, released] of Map.groupBy(leases.released, ({ lease }) => lease.freeAt)) {
    await inChunks(released, (chunk) =>
      transaction
        .updateTable('leases')
        .set(({ ref }) => ({ state: 'quarantined', ended: ref('id'), released_at: at, free_at: freeAt }))
        .where(
          'id',
          'in',
          chunk.map(({ id }) => id),
        )
        .execute(),
    );
  }
  await inChunks(leases.forgotten, (chunk) =>
    transaction.updateTable('leases').set({ state: 'free' }).where('id', 'in', chunk).execute(),
  );
  await inChunks(leases.started, (chunk) => transaction.insertInto('leases').values(chunk).execute());
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
