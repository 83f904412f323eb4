import { type RawBuilder, type SqlBool, sql } from 'kysely';

/**
 * A column of leases that is compared row by row, in a query that is led by another index: a range of a whole pool, or
 * one segment of few, says nothing, but the database cannot know that and would walk all of it.
 */
export function byNoIndex(column: 'mac' | 'id'): RawBuilder<number>;
export function byNoIndex(column: 'segment'): RawBuilder<string>;
export function byNoIndex(column: 'mac' | 'id' | 'segment'): RawBuilder<number | string> {
  if (column === 'segment') return sql<string>`(leases.segment || '')`;
  return column === 'mac' ? sql<number>`(leases.mac + 0)` : sql<number>`(leases.id + 0)`;
}

/**
 * The address is held. Written out, not a parameter: a statement whose partial indexes depend on a parameter is
 * prepared again at every use.
 */
export const isHeld: RawBuilder<SqlBool> = sql`leases.ended = 0`;

/** The address rests. */
export const isResting: RawBuilder<SqlBool> = sql`leases.state = 'quarantined'`;

/** The same, looked at row by row, where an address leads and an index of resting ones would lead astray. */
export const restsByRow: RawBuilder<SqlBool> = sql`(leases.state || '') = 'quarantined'`;
