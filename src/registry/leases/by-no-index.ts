import { type RawBuilder, sql } from 'kysely';

/**
 * A column of leases that is compared row by row, in a query that is led by another index: a range of a whole pool, or
 * one segment of few, says nothing, but the database cannot know that and would walk all of it.
 */
export function byNoIndex(column: 'mac'): RawBuilder<number>;
export function byNoIndex(column: 'segment'): RawBuilder<string>;
export function byNoIndex(column: 'mac' | 'segment'): RawBuilder<number | string> {
  return column === 'mac' ? sql<number>`(leases.mac + 0)` : sql<string>`(leases.segment || '')`;
}
