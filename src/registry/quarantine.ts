import type { MacAddress } from '../model/mac-address.ts';
import { type MacRange, macRangeHolds } from '../model/mac-range.ts';

/** Quarantine of an address that no pool is responsible for, in seconds. */
export const defaultQuarantine = 1800;

/**
 * Seconds that the addresses of a released lease stay unused: the quarantine of the pool that holds its MAC (the
 * longest, where several do), of the first pool for a MAC from elsewhere.
 */
export function quarantineOf(
  mac: MacAddress,
  pools: readonly { readonly range: MacRange; readonly quarantine: number }[],
): number {
  const holding = pools.filter((pool) => macRangeHolds(pool.range, mac)).map((pool) => pool.quarantine);
  return holding.length > 0 ? Math.max(...holding) : (pools[0]?.quarantine ?? defaultQuarantine);
}
