import { type SqlBool, sql } from 'kysely';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import { byNoIndex, isResting } from './lease-conditions.ts';
import type { LeaseStore, Queries } from './lease-store.ts';
import type { SegmentSpace } from './leases.ts';
import { PoolMap } from './pool-map.ts';
import { SegmentMap } from './segment-map.ts';

/** Rows that are read at once: some milliseconds. */
const pageRows = 10_000;

/**
 * Reads which addresses of a pool are taken: ten million leases in a few seconds, in turns that let the event loop go.
 * Nothing may change meanwhile, so it is called in a transaction.
 */
export async function loadPool(
  store: LeaseStore,
  queries: Queries,
  space: PoolSpace,
  siteKey: string,
): Promise<PoolMap> {
  const turn = new EventLoopTurn();
  const map = new PoolMap(space, siteKey, await readCursor(queries, space));
  for (let first = space.first; ; ) {
    const macs = await store.heldMacs(queries, { first, last: space.last }, pageRows);
    for (const mac of macs) map.hold(mac);
    if (macs.length < pageRows) break;
    first = (macs.at(-1) as number) + 1;
    await turn.pause();
  }
  for (let after = { free_at: 0, id: 0 }; ; ) {
    const rows = await restingPage(queries, after)
      .where(byNoIndex('mac'), '>=', space.first)
      .where(byNoIndex('mac'), '<=', space.last)
      .where(isLastToKeep)
      .execute();
    for (const { mac } of rows) map.lull(Number(mac));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) break;
    after = { free_at: Number(last.free_at), id: Number(last.id) };
    await turn.pause();
  }
  map.dirty = false;
  return map;
}

export async function loadSegment(store: LeaseStore, queries: Queries, segment: SegmentSpace): Promise<SegmentMap> {
  const turn = new EventLoopTurn();
  const map = new SegmentMap(segment);
  for (let after = ''; ; ) {
    const addresses = await store.heldIpv4(queries, segment.name, after, pageRows);
    for (const address of addresses) map.take(address);
    if (addresses.length < pageRows) break;
    after = addresses.at(-1) as string;
    await turn.pause();
  }
  for (let after = { free_at: 0, id: 0 }; ; ) {
    const rows = await restingPage(queries, after)
      .where(byNoIndex('segment'), '=', segment.name)
      .where('ipv4', 'is not', null)
      .execute();
    for (const { ipv4 } of rows) map.take(ipv4 as string);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) break;
    after = { free_at: Number(last.free_at), id: Number(last.id) };
    await turn.pause();
  }
  return map;
}

/** Where the `cycle` strategy goes on; another range begins anew. */
export async function readCursor(queries: Queries, space: PoolSpace): Promise<number> {
  if (space.strategy !== 'cycle') return 0;
  const row = await queries
    .selectFrom('cursors')
    .select('position')
    .where('pool', '=', space.name)
    .where('range', '=', cursorRange(space))
    .executeTakeFirst();
  return Number(row?.position ?? 0);
}

export const cursorRange = ({ first, last }: PoolSpace): string => `${first}-${last}`;

function restingPage(queries: Queries, after: { free_at: number; id: number }) {
  return queries
    .selectFrom('leases')
    .select(['id', 'mac', 'ipv4', 'free_at'])
    .where(isResting)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('free_at', 'id'), '>', tuple(after.free_at, after.id)))
    .orderBy('free_at')
    .orderBy('id')
    .limit(pageRows);
}

/** Nobody holds the address of a resting lease, and it rests for no later one: it counts once. */
const isLastToKeep = sql<SqlBool>`not exists (select 1 from leases as other where other.mac = leases.mac
  and (other.ended = 0 or ((other.state || '') = 'quarantined' and other.id > leases.id)))`;
