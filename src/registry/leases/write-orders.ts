import type { PoolSpace } from '../pools/pool-space.ts';
import type { DrawWish } from './address-source.ts';
import type { CheckedWish } from './check-order.ts';
import { drawMacs } from './draw-macs.ts';
import { fulfilOrder } from './fulfil-order.ts';
import { leaseEntry } from './journal-leases.ts';
import { leaseOf, newLeaseRow } from './lease-rows.ts';
import type { Lease, LeaseOrder } from './leases.ts';
import { piecesOf } from './pieces.ts';
import type { WriteSession } from './write-session.ts';

/** Rows of a run that one statement writes. */
const chunkRows = 2000;

/** A number of leases for nobody in particular: the quick way. */
export async function leaseRun(
  session: WriteSession,
  order: LeaseOrder,
  pool: PoolSpace,
  count: number,
): Promise<Lease[]> {
  const wishes = new Array<DrawWish>(count).fill({ title: count === 1 ? 'a lease' : `one of ${count} leases` });
  const macs = await drawMacs(session, pool, wishes, order.now);
  // In the order of the addresses the database finds its way from one to the next.
  macs.sort((a, b) => a - b);
  const firstId = session.takeIds(count);
  const {
    id: _,
    mac: __,
    ...run
  } = newLeaseRow({
    id: firstId,
    mac: 0,
    state: order.state,
    source: 'request',
    since: order.now,
    owner: order.owner ?? null,
    comment: order.comment ?? null,
  });
  const leases: Lease[] = [];
  for (let start = 0; start < count; start += chunkRows) {
    const chunk = macs.slice(start, start + chunkRows);
    await session.store.insertRun(session.transaction, firstId + start, chunk, run);
    for (const [index, mac] of chunk.entries()) leases.push(leaseOf({ ...run, id: firstId + start + index, mac }));
    await session.turn.pause();
  }
  session.change({ held: macs.map((mac) => ({ mac, segment: null, ipv4: null })) });
  session.note(leaseEntry(order, leases));
  return leases;
}

/** Leases for wishes, each of which may name something. */
export async function leaseWishes(
  session: WriteSession,
  order: LeaseOrder,
  wishes: readonly CheckedWish[],
): Promise<Lease[]> {
  const { rows, begun, activated, ended } = await fulfilOrder(session, order, wishes);
  for await (const piece of piecesOf(session.turn, begun)) await session.store.insertRows(session.transaction, piece);
  if (activated.length > 0) {
    const ids = activated.map(({ id }) => id);
    await session.transaction
      .updateTable('leases')
      .set({ state: 'active' })
      .where('id', 'in', session.store.listOf(ids) as never)
      .execute();
  }
  const changed = [...begun, ...activated];
  if (changed.length > 0) session.note(leaseEntry(order, changed.map(leaseOf), ended.map(leaseOf)));
  return rows.map(leaseOf);
}
