import { type ExpressionBuilder, sql } from 'kysely';
import { AppError } from '../../errors/app-error.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { Tables } from '../tables.ts';
import { byNoIndex, isResting } from './lease-conditions.ts';
import { leaseOf } from './lease-rows.ts';
import type { Bounds, LeaseStore, Queries } from './lease-store.ts';
import type { Fill, Lease, LeaseQuery, LeaseState } from './leases.ts';
import { restingOnly } from './resting-only.ts';

/** Ids that one statement looks through at first; it grows and shrinks with the time that it takes. */
const firstWindow = 4096;
/** Milliseconds that one statement should take. */
const goodTime = 5;
/** A range of so many addresses is looked up by address instead of by id. */
const narrowRange = 4096;

type Filter = Omit<LeaseQuery, 'limit' | 'from'>;

/** One page of leases in the order of their ids. Long looks are cut into turns that let the event loop go. */
export async function listLeases(queries: Queries, query: LeaseQuery): Promise<{ leases: Lease[]; next?: number }> {
  const { limit, from = 0 } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new AppError('value-invalid', `a list of ${limit} leases is not possible; expected 1 to 10000`);
  }
  const leases: Lease[] = [];
  const end = await highestId(queries);
  for await (const window of windows(query, from, end)) {
    const rows = await selection(queries, query, window)
      .selectAll()
      .orderBy('id')
      .limit(limit + 1 - leases.length)
      .execute();
    leases.push(...rows.map(leaseOf));
    if (leases.length > limit) return { leases: leases.slice(0, limit), next: (leases[limit - 1] as Lease).id };
  }
  return { leases };
}

export async function countLeases(queries: Queries, filter: Filter): Promise<number> {
  let count = 0;
  for await (const window of windows(filter, 0, await highestId(queries))) {
    const row = await selection(queries, filter, window)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirst();
    count += Number(row?.count ?? 0);
  }
  return count;
}

/** Held addresses of a range, and those that rest at `now`, read from the store. */
export async function countFill(store: LeaseStore, queries: Queries, range: Bounds, now: number): Promise<Fill> {
  const turn = new EventLoopTurn();
  const pageRows = 10_000;
  let held = 0;
  for (let first = range.first; ; ) {
    const macs = await store.heldMacs(queries, { first, last: range.last }, pageRows);
    held += macs.length;
    if (macs.length < pageRows) break;
    first = (macs.at(-1) as number) + 1;
    await turn.pause();
  }
  const row = await restingOnly(queries, range, now)
    .select(({ fn }) => fn.count<number>('mac').distinct().as('count'))
    .executeTakeFirst();
  return { at: now, held, quarantined: Number(row?.count ?? 0) };
}

/** Addresses of a range whose quarantine is over at `now` and was not ended yet, so that memory takes them for resting. */
export async function countDue(queries: Queries, range: Bounds, now: number): Promise<number> {
  const row = await queries
    .selectFrom('leases')
    .select(({ fn }) => fn.count<number>('mac').distinct().as('count'))
    .where(isResting)
    .where('free_at', '<=', now)
    .where(byNoIndex('mac'), '>=', range.first)
    .where(byNoIndex('mac'), '<=', range.last)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

export async function highestId(queries: Queries): Promise<number> {
  const { rows } = await sql<{ highest: number | null }>`select max(id) as highest from leases`.execute(queries);
  return Number(rows[0]?.highest ?? 0);
}

/** Stretches of ids, `first` excluded, whose size follows the time that the caller takes for each. */
async function* windows(filter: Filter, from: number, end: number): AsyncGenerator<Bounds> {
  const { range } = filter;
  const narrow = range !== undefined && range.last - range.first < narrowRange;
  if (narrow || filter.guest !== undefined) {
    yield { first: from, last: end };
    return;
  }
  const turn = new EventLoopTurn();
  let size = firstWindow;
  for (let first = from; first < end; ) {
    const last = Math.min(end, first + size);
    const began = performance.now();
    yield { first, last };
    const took = performance.now() - began;
    size = took < goodTime ? size * 2 : Math.max(1, Math.floor(size / 2));
    first = last;
    await turn.pause();
  }
}

function selection(queries: Queries, filter: Filter, window: Bounds) {
  return queries.selectFrom('leases').where((build) => build.and(conditions(build, filter, window)));
}

function conditions(build: ExpressionBuilder<Tables, 'leases'>, filter: Filter, window: Bounds) {
  const { owner, segment, range, states, guest, before, after } = filter;
  const narrow = range !== undefined && range.last - range.first < narrowRange;
  // A narrow range leads by address; otherwise the ids lead the way.
  const [mac, id] = narrow ? [sql<number>`leases.mac`, byNoIndex('id')] : [byNoIndex('mac'), sql<number>`leases.id`];
  return [
    build(id, '>', window.first),
    build(id, '<=', window.last),
    ...(owner === undefined ? [] : [build('owner', '=', owner)]),
    ...(segment === undefined ? [] : [build('segment', '=', segment)]),
    ...(guest === undefined ? [] : [build('guest', '=', guest)]),
    ...(range === undefined ? [] : [build(mac, '>=', range.first), build(mac, '<=', range.last)]),
    ...(states === undefined ? [] : [inStates(build, states)]),
    ...(before === undefined ? [] : [build('since', '<', before)]),
    ...(after === undefined ? [] : [build('since', '>=', after)]),
  ];
}

/** Resting ones alone have an index of their own, which the database finds by the words of it. */
function inStates(build: ExpressionBuilder<Tables, 'leases'>, states: readonly LeaseState[]) {
  return states.length === 1 && states[0] === 'quarantined' ? isResting : build('state', 'in', states);
}
