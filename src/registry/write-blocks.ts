import type { Transaction } from 'kysely';
import type { EventLoopTurn } from './event-loop-turn.ts';
import { inChunks } from './in-chunks.ts';
import type { BlockWrites } from './plan-blocks.ts';
import type { Tables } from './tables.ts';

/** Ends port blocks and begins others, in a transaction that the caller opened. */
export async function writeBlocks(
  transaction: Transaction<Tables>,
  { ended, started }: BlockWrites,
  at: number,
  turn: EventLoopTurn,
): Promise<void> {
  await inChunks(turn, ended, (chunk) =>
    transaction
      .updateTable('port_blocks')
      .set({ until: at })
      .where('until', 'is', null)
      .where('first_port', 'in', chunk)
      .execute(),
  );
  await inChunks(turn, started, (chunk) => transaction.insertInto('port_blocks').values(chunk).execute());
}
