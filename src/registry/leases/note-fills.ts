import type { AddressMemory } from './address-memory.ts';
import type { Queries } from './lease-store.ts';
import { cursorRange } from './load-maps.ts';

const hour = 3_600_000;

/** Notes how full the pools are whose leases changed, and where walks go on: with the change, or not at all. */
export async function notePools(
  queries: Queries,
  memory: AddressMemory,
  at: number,
): Promise<(() => void) | undefined> {
  const undo: (() => void)[] = [];
  for (const map of memory.pools) {
    const { name } = map.draw.space;
    if (map.dirty) {
      const fill = { at, held: Math.max(0, map.held), quarantined: Math.max(0, map.resting) };
      await queries
        .insertInto('fills')
        .values({ pool: name, hour: at - (at % hour), ...fill })
        .onConflict((conflict) => conflict.columns(['pool', 'hour']).doUpdateSet(fill))
        .execute();
      map.dirty = false;
      undo.push(() => {
        map.dirty = true;
      });
    }
    const position = map.draw.cursor;
    if (map.draw.space.strategy === 'cycle' && position !== map.storedCursor) {
      const before = map.storedCursor;
      const range = cursorRange(map.draw.space);
      await queries
        .insertInto('cursors')
        .values({ pool: name, range, position })
        .onConflict((conflict) => conflict.column('pool').doUpdateSet({ range, position }))
        .execute();
      map.storedCursor = position;
      undo.push(() => {
        map.storedCursor = before;
      });
    }
  }
  if (undo.length === 0) return undefined;
  return () => {
    for (const each of undo) each();
  };
}
