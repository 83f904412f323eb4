import type { DesiredState } from '../../model/desired-state.ts';

const sameMap = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean => {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
};

/**
 * Whether everything that links, addresses, routes, sysctls and services depend on is the same, by reference. Forwards
 * and policies are in nftables alone, so one more of them needs no look at the host.
 */
export function sameHostParts(a: DesiredState | null, b: DesiredState | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.site === b.site &&
    a.uplink === b.uplink &&
    a.limits === b.limits &&
    sameMap(a.segments, b.segments) &&
    sameMap(a.nics, b.nics) &&
    sameMap(a.sameAddress, b.sameAddress)
  );
}
