import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import { unbarred } from './end-quarantines.ts';
import { leaseOf, renderLeaseTitle } from './lease-rows.ts';
import { nextLeaseState } from './lease-states.ts';
import { piecesOf } from './pieces.ts';
import type { WriteSession } from './write-session.ts';

/** Ends leases that hold their addresses or rest: they are free at once. Answers the rows as they stand then. */
export async function endLeases(
  session: WriteSession,
  rows: readonly LeaseRow[],
  event: 'take over' | 'free',
  now: number,
): Promise<LeaseRow[]> {
  if (rows.length === 0) return [];
  const { transaction, store, turn } = session;
  const held: LeaseRow[] = [];
  const resting: LeaseRow[] = [];
  for (const row of rows) {
    nextLeaseState(row.state, row.ended === 0 ? event : 'free', renderLeaseTitle(leaseOf(row)));
    (row.ended === 0 ? held : resting).push(row);
  }
  for await (const piece of piecesOf(turn, held)) {
    const ids = piece.map(({ id }) => id);
    await transaction
      .updateTable('leases')
      .set(({ ref }) => ({ state: 'free', ended: ref('id'), released_at: now, free_at: now }))
      .where('id', 'in', store.listOf(ids) as never)
      .execute();
  }
  for await (const piece of piecesOf(turn, resting)) {
    const ids = piece.map(({ id }) => id);
    await transaction
      .updateTable('leases')
      .set({ state: 'free', free_at: now })
      .where('id', 'in', store.listOf(ids) as never)
      .execute();
  }
  const [freed, rested] = split(held, await unbarred(session, held, now));
  session.change({ freed, rested, woken: await unbarred(session, resting, now) });
  const ended = new Set(held);
  return rows.map((row) => ({
    ...row,
    state: 'free',
    ended: row.id,
    released_at: ended.has(row) ? now : row.released_at,
    free_at: now,
  }));
}

/** Ends leases that hold their addresses, which rest from then on until `freeAt`. Answers the rows as they stand then. */
export async function restLeases(
  session: WriteSession,
  rows: readonly LeaseRow[],
  releasedAt: number,
  freeAt: number,
): Promise<LeaseRow[]> {
  if (rows.length === 0) return [];
  const { transaction, store, turn } = session;
  for (const row of rows) nextLeaseState(row.state, 'release', renderLeaseTitle(leaseOf(row)));
  for await (const piece of piecesOf(turn, rows)) {
    const ids = piece.map(({ id }) => id);
    await transaction
      .updateTable('leases')
      .set(({ ref }) => ({ state: 'quarantined', ended: ref('id'), released_at: releasedAt, free_at: freeAt }))
      .where('id', 'in', store.listOf(ids) as never)
      .execute();
  }
  session.change({ rested: rows });
  return rows.map((row) => ({
    ...row,
    state: 'quarantined',
    ended: row.id,
    released_at: releasedAt,
    free_at: freeAt,
  }));
}

/** What was held and is kept by another lease's quarantine goes on resting. */
function split(held: readonly LeaseRow[], open: readonly Addresses[]): [Addresses[], Addresses[]] {
  const rested = held.filter(({ mac }, index) => mac !== null && open[index]?.mac === null);
  return [[...open], rested.map(({ mac }) => ({ mac, segment: null, ipv4: null }))];
}
