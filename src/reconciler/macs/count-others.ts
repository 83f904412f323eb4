import { type MacAddress, macToInteger } from '../../model/mac-address.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import type { Span } from '../../registry/pools/pool-space.ts';
import { eachLease } from './choose-leases.ts';
import type { CarveRequest } from './contract.ts';
import type { CountOthers } from './find-part.ts';

const barring = ['reserved', 'active', 'retiring', 'quarantined'] as const;

/**
 * Counts, for parts of a range, the leases that do not belong to whom a sub-pool is for. What belongs to them is read
 * once, when it is needed; the parts themselves are counted each time.
 */
export function countOthers(leases: Leases, within: Span, request: CarveRequest, now: number): CountOthers {
  let own: Promise<number[]> | undefined;
  return async (range) => {
    const { held, quarantined } = await leases.fill(range, now);
    const all = held + quarantined;
    if (all === 0 || (request.owner === undefined && request.segment === undefined)) return all;
    own ??= readOwn(leases, within, request);
    const macs = await own;
    return Math.max(0, all - (lowerBound(macs, range.last + 1) - lowerBound(macs, range.first)));
  };
}

/** Addresses of those whom the sub-pool is for, ascending, each once. */
async function readOwn(leases: Leases, range: Span, { owner, segment }: CarveRequest): Promise<number[]> {
  const filter = { range, states: barring, ...(owner === undefined ? { segment } : { owner }) };
  const macs = new Set<number>();
  for await (const page of eachLease(leases, filter as Parameters<typeof eachLease>[1])) {
    for (const { mac } of page) macs.add(macToInteger(mac as MacAddress));
  }
  return [...macs].sort((a, b) => a - b);
}

/** How many of ascending values are below `value`. */
function lowerBound(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
