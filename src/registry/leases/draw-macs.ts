import { macFromInteger } from '../../model/mac-address.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { DrawWish } from './address-source.ts';
import { readBarring } from './barring.ts';
import { endQuarantines } from './end-quarantines.ts';
import { byNoIndex, isResting } from './lease-conditions.ts';
import { loadPool, readCursor } from './load-maps.ts';
import { poolExhausted } from './pool-exhausted.ts';
import type { PoolMap } from './pool-map.ts';
import type { WriteSession } from './write-session.ts';

/** Draws between two looks at the clock. */
const drawsPerTurn = 1000;
/** Candidates that the store knew as taken, in a row, after which a pool that is not tracked counts as full. */
const roundLimit = 64;

/**
 * Draws a MAC address for each wish, in their order. They are kept from others for 60 s; when the session fails they
 * are given back at once. Throws `pool-exhausted`; nothing is drawn then.
 */
export async function drawMacs(
  session: WriteSession,
  pool: PoolSpace,
  wishes: readonly DrawWish[],
  now: number,
): Promise<number[]> {
  let map = await openPool(session, pool);
  for (;;) {
    const drawn = await tryDraw(session, map, wishes, now);
    if (drawn.complete) return drawn.macs;
    for (const mac of drawn.macs) map.draw.withdraw(mac);
    if ((await endQuarantines(session, now)) > 0) continue;
    if (!map.stale) throw await exhausted(session, map, wishes, drawn.macs.length, now);
    session.memory.dropPool(map);
    map = await openPool(session, pool);
  }
}

/** The map of a pool, read from the store when it is not known or the pool has changed. */
export async function openPool(session: WriteSession, pool: PoolSpace): Promise<PoolMap> {
  const known = session.memory.pool(pool);
  if (known !== undefined) {
    if (known.stale && pool.strategy === 'cycle') {
      known.storedCursor = await readCursor(session.transaction, pool);
      known.draw.cursor = known.storedCursor;
    }
    return known;
  }
  const map = await loadPool(session.store, session.transaction, pool, session.siteKey);
  session.memory.keepPool(map);
  // What the transaction has changed so far is in the map; when it fails the map has to be read again.
  session.undoBy(() => session.memory.dropPool(map));
  return map;
}

async function tryDraw(
  session: WriteSession,
  map: PoolMap,
  wishes: readonly DrawWish[],
  now: number,
): Promise<{ macs: number[]; complete: boolean }> {
  const { draw } = map;
  const before = draw.cursor;
  const macs: number[] = [];
  session.undoBy(() => {
    for (const mac of macs) draw.withdraw(mac);
    draw.cursor = before;
  });
  const certain = draw.tracked && !map.stale;
  for (let rounds = 0; macs.length < wishes.length; ) {
    const open = wishes.slice(macs.length, macs.length + drawsPerTurn);
    const candidates: number[] = [];
    for (const { identity } of open) {
      const mac = draw.draw(now, identity);
      if (mac === undefined) break;
      candidates.push(mac);
    }
    const free = certain ? candidates : await dropTaken(session, map, candidates, now);
    macs.push(...free);
    if (candidates.length === 0) return { macs, complete: false };
    rounds = free.length > 0 ? 0 : rounds + 1;
    if (rounds > roundLimit && !draw.tracked) return { macs, complete: false };
    if (candidates.length < open.length && free.length === candidates.length) return { macs, complete: false };
    await session.turn.pause();
  }
  return { macs, complete: true };
}

/** The candidates up to the first that somebody has; those after it are given back, so that each wish gets its own. */
async function dropTaken(
  session: WriteSession,
  map: PoolMap,
  candidates: readonly number[],
  now: number,
): Promise<number[]> {
  const barring = await readBarring(session.store, session.transaction, candidates.map(macFromInteger), now);
  if (barring.size === 0) return [...candidates];
  const first = candidates.findIndex((mac) => barring.has(macFromInteger(mac)));
  for (const mac of candidates.slice(first)) {
    const row = barring.get(macFromInteger(mac));
    if (row === undefined) map.draw.withdraw(mac);
    else if (map.draw.tracked) {
      if (row.ended === 0) map.hold(mac);
      else map.lull(mac);
    }
  }
  return candidates.slice(0, first);
}

async function exhausted(
  session: WriteSession,
  map: PoolMap,
  wishes: readonly DrawWish[],
  drawn: number,
  now: number,
): Promise<Error> {
  const { name, text, first, last } = map.draw.space;
  const next = await session.transaction
    .selectFrom('leases')
    .select('free_at')
    .where(isResting)
    .where('free_at', '>', now)
    .where(byNoIndex('mac'), '>=', first)
    .where(byNoIndex('mac'), '<=', last)
    .orderBy('free_at')
    .limit(1)
    .executeTakeFirst();
  return poolExhausted({
    pool: name,
    title: `pool "${name}" (${text})`,
    kind: 'MAC address',
    wish: wishes[drawn]?.title ?? 'a lease',
    wanted: wishes.length,
    size: map.draw.size,
    held: map.held,
    quarantined: map.resting,
    free: map.draw.free ?? Math.max(0, map.draw.size - map.held - map.resting),
    nextFreeAt: next === undefined ? undefined : Number(next.free_at),
  });
}
