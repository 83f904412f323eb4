import type { DesiredState } from '../../model/desired-state.ts';
import { sameMap } from '../../model/map-delta.ts';

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
