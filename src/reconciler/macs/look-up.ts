import { AppError } from '../../errors/app-error.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import { vendorOf } from '../../model/vendors.ts';
import type { Lease, LeaseState, Leases } from '../../registry/leases/leases.ts';
import type { Span } from '../../registry/pools/pool-space.ts';
import type { MacFilter, MacHolder, MacLease } from './contract.ts';

const living: readonly LeaseState[] = ['reserved', 'active', 'retiring', 'quarantined'];

/** Leases that are looked at for one page of those of a vendor; the next page goes on after them. */
const mostLooks = 100_000;

/** Leases by filter; `range` is that of the filter's pool. */
export async function listMacs(
  leases: Leases,
  filter: MacFilter,
  range: Span | undefined,
  page: { from?: number; limit: number },
): Promise<{ leases: Lease[]; next?: number }> {
  const { limit } = page;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new AppError('value-invalid', `The limit of a page is ${limit}; expected 1 to 10000`);
  }
  const { vendor, pool: _, states = living, ...rest } = filter;
  const query = { ...rest, states, ...(range === undefined ? {} : { range }) };
  if (vendor === undefined) return leases.list({ ...query, ...page });
  const matches = vendorMatcher(vendor);
  const found: Lease[] = [];
  let { from } = page;
  for (let looks = 0; looks < mostLooks; looks += limit) {
    const part = await leases.list({ ...query, limit: limit - found.length, ...(from === undefined ? {} : { from }) });
    found.push(...part.leases.filter(({ mac }) => matches(mac)));
    from = part.next;
    if (from === undefined) return { leases: found };
    if (found.length === limit) break;
  }
  return { leases: found, next: from as number };
}

/** Part of a vendor's name, in any letter case, or how an address begins. */
function vendorMatcher(vendor: string): (mac: string) => boolean {
  const wanted = vendor.toLowerCase();
  const prefix = wanted.replaceAll('-', ':');
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){0,5}$/.test(prefix)) return (mac) => mac.startsWith(prefix);
  return (mac) =>
    mac.includes(':') &&
    (vendorOf(mac as MacAddress)
      ?.name.toLowerCase()
      .includes(wanted) ??
      false);
}

/** Who held an address at a time, given all its leases, newest first. A lease in quarantine is held by nobody. */
export function holderAt(history: readonly MacLease[], at: number): Pick<MacHolder, 'lease' | 'before' | 'after'> {
  const endOf = (lease: MacLease): number => lease.releasedAt ?? Number.POSITIVE_INFINITY;
  const lease = history.find((candidate) => candidate.since <= at && endOf(candidate) > at);
  if (lease !== undefined) return { lease };
  const before = history.find((candidate) => endOf(candidate) <= at);
  const after = history.findLast((candidate) => candidate.since > at);
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
