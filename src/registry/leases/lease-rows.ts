import { type MacAddress, macFromInteger, macToInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import type { LeaseRow } from '../tables.ts';
import type { Lease } from './leases.ts';

/** A lease as everybody sees it. What is null in the row is absent. */
export function leaseOf(row: LeaseRow): Lease {
  const { guest, nic, owner, segment, ipv4, ipv6, comment } = row;
  return {
    id: Number(row.id),
    mac: row.mac === null ? (row.alias ?? 'erased') : macFromInteger(Number(row.mac)),
    state: row.state,
    ...(guest === null ? {} : { guest }),
    ...(nic === null ? {} : { nic: Number(nic) }),
    ...(owner === null ? {} : { owner }),
    ...(segment === null ? {} : { segment }),
    ...(ipv4 === null ? {} : { ipv4 }),
    ...(ipv6 === null ? {} : { ipv6 }),
    source: row.source,
    since: Number(row.since),
    ...(row.released_at === null ? {} : { releasedAt: Number(row.released_at) }),
    ...(row.free_at === null ? {} : { freeAt: Number(row.free_at) }),
    ...(comment === null ? {} : { comment }),
  };
}

/** A row in which nothing but what is given stands. */
export function newLeaseRow(
  given: Pick<LeaseRow, 'id' | 'mac' | 'state' | 'source' | 'since'> & Partial<LeaseRow>,
): LeaseRow {
  return {
    alias: null,
    ended: 0,
    guest: null,
    nic: null,
    owner: null,
    segment: null,
    ipv4: null,
    ipv6: null,
    released_at: null,
    free_at: null,
    comment: null,
    ...given,
  };
}

/** The MAC address of a lease as an integer; undefined for a pseudonym and for one that was erased. */
export function macOfLease(lease: Pick<Lease, 'mac'>): number | undefined {
  return lease.mac.includes(':') ? macToInteger(lease.mac as MacAddress) : undefined;
}

/** `NIC "web1/0"`, `NIC "web1/0" of owner "team-a"`, `lease 17 of owner "team-a"`, `lease 17`. */
export function renderHolder(lease: Lease): string {
  const holder =
    lease.guest === undefined || lease.nic === undefined
      ? `lease ${lease.id}`
      : `NIC "${nicId(lease.guest, lease.nic)}"`;
  return lease.owner === undefined ? holder : `${holder} of owner "${lease.owner}"`;
}

/** `lease 17 ("02:1a:3f:00:10:01")`, for messages about the lease itself. */
export function renderLeaseTitle(lease: Pick<Lease, 'id' | 'mac'>): string {
  return `lease ${lease.id} ("${lease.mac}")`;
}
