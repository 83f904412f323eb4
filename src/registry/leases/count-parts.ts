import { sql } from 'kysely';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { Bounds, LeaseStore, Queries } from './lease-store.ts';
import type { PartFill } from './leases.ts';
import { restingOnly } from './resting-only.ts';

const mostParts = 4096;
/** Rows that are read between two looks at the clock. */
const pageRows = 10_000;

/** Held and resting addresses of a range by parts of `size` addresses, from the range's first on. */
export async function countParts(
  store: LeaseStore,
  queries: Queries,
  { range, size, now }: { readonly range: Bounds; readonly size: number; readonly now: number },
): Promise<PartFill> {
  const parts = Math.ceil((range.last - range.first + 1) / size);
  if (!(parts >= 1 && parts <= mostParts)) throw new RangeError(`a range is not counted in ${parts} parts`);
  const held = new Array<number>(parts).fill(0);
  const quarantined = new Array<number>(parts).fill(0);
  const turn = new EventLoopTurn();
  for (let first = range.first; first <= range.last; ) {
    const macs = await store.heldMacs(queries, { first, last: range.last }, pageRows);
    for (const mac of macs) add(held, Math.floor((mac - range.first) / size), 1);
    if (macs.length < pageRows) break;
    first = (macs.at(-1) as number) + 1;
    await turn.pause();
  }
  // `/` of whole numbers cuts in SQLite and in PostgreSQL, and none is negative here.
  const part = sql<number>`(leases.mac - ${sql.lit(range.first)}) / ${sql.lit(size)}`;
  const rows = await restingOnly(queries, range, now)
    .select(({ fn }) => [part.as('part'), fn.count<number>('mac').distinct().as('count')])
    .groupBy(part)
    .execute();
  for (const row of rows) add(quarantined, Number(row.part), Number(row.count));
  return { at: now, held, quarantined };
}

function add(counts: number[], part: number, count: number): void {
  counts[part] = (counts[part] as number) + count;
}
