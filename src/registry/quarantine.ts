import type { MacAddress } from '../model/mac-address.ts';
import { type MacRange, macRangeHolds } from '../model/mac-range.ts';

/** Quarantine of an address that no pool is responsible for, in seconds. */
export const defaultQuarantine = 1800;

/**
 * Seconds that the addresses of a released lease stay unused: the quarantine of the pool that holds its MAC, of the
 * sub-pool rather than its parent (the longest, where several do); of the first pool for a MAC from elsewhere.
 */
export function quarantineOf(
  mac: MacAddress,
  pools: readonly {
    readonly name: string;
    readonly range: MacRange;
    readonly quarantine: number;
    readonly parent?: string;
  }[],
): number {
  const holding = pools.filter((pool) => macRangeHolds(pool.range, mac));
  const parents = new Set(holding.map(({ parent }) => parent));
  const closest = holding.filter(({ name }) => !parents.has(name)).map(({ quarantine }) => quarantine);
  return closest.length > 0 ? Math.max(...closest) : (pools[0]?.quarantine ?? defaultQuarantine);
}
