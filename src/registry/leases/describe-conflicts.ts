import { AppError } from '../../errors/app-error.ts';
import { nicId } from '../../model/site.ts';
import { renderHolder } from './lease-rows.ts';
import { holdsAddress } from './lease-states.ts';
import type { Lease } from './leases.ts';

/** Why one wish of an order cannot have the address that it names. */
export interface Conflict {
  /** Of the wish, from 0. */
  readonly index: number;
  readonly address: string;
  /** `NIC "web1/0"`, `lease 17 of owner "team-a"`, `seen on the wire`. */
  readonly holder: string;
  /** NIC id or lease of the holder. */
  readonly nic?: string;
  readonly lease?: number;
  readonly since?: number;
  readonly freeAt?: number;
  readonly sentence: string;
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Another lease has the address, or it rests after another one. `what`: `MAC address "…" of NIC "web1/0"`. */
export function conflictWith(index: number, address: string, what: string, lease: Lease): Conflict {
  const holder = renderHolder(lease);
  const held = holdsAddress(lease.state);
  const { freeAt, since } = lease;
  const fact = held
    ? `is already held by ${holder} since ${timeOf(since)} (${lease.state})`
    : `was released by ${holder} and is in quarantine until ${timeOf(freeAt ?? since)}`;
  return {
    index,
    address,
    holder,
    lease: lease.id,
    ...(lease.guest === undefined || lease.nic === undefined ? {} : { nic: nicId(lease.guest, lease.nic) }),
    since,
    ...(held || freeAt === undefined ? {} : { freeAt }),
    sentence: `${what} ${fact}; expected an address that is free`,
  };
}

/** The NIC holds another address than the one it wishes for. */
export function conflictWithItself(index: number, wished: string, kind: string, has: string, lease: Lease): Conflict {
  const holder = renderHolder(lease);
  return {
    index,
    address: wished,
    holder,
    lease: lease.id,
    since: lease.since,
    sentence: `${holder} holds ${kind} "${has}" since ${timeOf(lease.since)}, so it cannot lease "${wished}" besides; expected that one, or a release before`,
  };
}

/** The NIC holds a lease for another owner than the wish is of. */
export function conflictOfOwners(index: number, owner: string, lease: Lease): Conflict {
  const holder = renderHolder(lease);
  return {
    index,
    address: lease.mac,
    holder,
    lease: lease.id,
    since: lease.since,
    sentence: `${holder} holds MAC address "${lease.mac}" since ${timeOf(lease.since)}, so it cannot be leased for owner "${owner}"; expected that owner or none, or a release before`,
  };
}

/** Nobody leases the address, but somebody on the wire uses it. */
export function conflictOnWire(index: number, address: string, title: string): Conflict {
  return {
    index,
    address,
    holder: 'seen on the wire',
    sentence: `MAC address "${address}" of ${title} was seen on the wire without a lease, so somebody uses it; expected an address that is free (where it was seen: \`bridgekeeper mac seen\`)`,
  };
}

/** Conflicts that one failure tells of one by one. */
const listedLimit = 100;

/** The conflicts of an order as one failure. */
export function conflictError(conflicts: readonly Conflict[]): AppError {
  const first = conflicts[0] as Conflict;
  const more = conflicts.length - 1;
  const sentence =
    more === 0
      ? first.sentence
      : `${first.sentence}; ${more} more of the order ${more === 1 ? 'is' : 'are'} in conflict`;
  const listed = conflicts.slice(0, listedLimit);
  return new AppError('conflict', sentence, {
    details: { ...first, conflicts: listed, more: conflicts.length - listed.length },
  });
}
