import type { Transaction } from 'kysely';
import type { EventLoopTurn } from './event-loop-turn.ts';
import { inChunks } from './in-chunks.ts';
import type { HoldingWrites } from './plan-holdings.ts';
import type { Tables } from './tables.ts';

/** Writes the stretches that end at `at` and those that begin, in a transaction that the caller opened. */
export async function writeHoldings(
  transaction: Transaction<Tables>,
  { ended, begun }: HoldingWrites,
  at: number,
  turn: EventLoopTurn,
): Promise<void> {
  await inChunks(turn, ended, (macs) =>
    transaction
      .updateTable('holdings')
      .set({ until: at })
      .where('until', 'is', null)
      .where('mac', 'in', macs)
      .execute(),
  );
  if (begun.length === 0) return;
  const { fn } = transaction;
  const { last } = await transaction
    .selectFrom('holdings')
    .select(fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow();
  const first = Number(last ?? 0) + 1;
  const rows = begun.map((holding, index) => ({ ...holding, id: first + index, alias: null }));
  await inChunks(turn, rows, (chunk) => transaction.insertInto('holdings').values(chunk).execute());
}
