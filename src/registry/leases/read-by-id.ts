import { EventLoopTurn } from '../event-loop-turn.ts';
import type { LeaseRow } from '../tables.ts';
import { leaseOf } from './lease-rows.ts';
import type { LeaseStore, Queries } from './lease-store.ts';
import type { Lease } from './leases.ts';
import { piecesOf } from './pieces.ts';

/** Leases in the order of the ids; unknown ones are left out. */
export async function leasesById(store: LeaseStore, queries: Queries, ids: readonly number[]): Promise<Lease[]> {
  const rows = await rowsById(store, queries, ids);
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : [leaseOf(row)];
  });
}

export async function rowsById(
  store: LeaseStore,
  queries: Queries,
  ids: readonly number[],
): Promise<Map<number, LeaseRow>> {
  const turn = new EventLoopTurn();
  const found = new Map<number, LeaseRow>();
  for await (const piece of piecesOf(turn, ids)) {
    const rows = await queries
      .selectFrom('leases')
      .selectAll()
      .where('id', 'in', store.listOf(piece) as never)
      .execute();
    for (const row of rows) found.set(Number(row.id), row);
  }
  return found;
}
