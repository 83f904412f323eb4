import { macFromInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import type { LeaseRow } from '../tables.ts';
import { readBarring } from './barring.ts';
import type { CheckedWish } from './check-order.ts';
import {
  type Conflict,
  conflictOfOwners,
  conflictOnWire,
  conflictWith,
  conflictWithItself,
} from './describe-conflicts.ts';
import { leaseOf } from './lease-rows.ts';
import type { LeaseOrder } from './leases.ts';
import { keysOf, type Outcome } from './outcome.ts';
import { piecesOf } from './pieces.ts';
import { isForTaking, restsFor } from './take-over.ts';
import type { WriteSession } from './write-session.ts';

/** NICs that hold a lease keep it; what they name besides must not differ from it. */
export async function findHeld(
  session: WriteSession,
  order: LeaseOrder,
  outcomes: Outcome[],
  conflicts: Conflict[],
): Promise<void> {
  const nics = outcomes.flatMap(({ checked }) => (checked.nic === undefined ? [] : [checked.nic]));
  if (nics.length === 0) return;
  const held = new Map<string, LeaseRow>();
  for await (const piece of piecesOf(session.turn, nics)) {
    for (const row of await session.store.heldBy(session.transaction, piece)) {
      // During a rotation a NIC holds two; the one that is in use counts.
      const id = nicId(row.guest as string, Number(row.nic));
      if (row.state === 'active' || (row.state === 'reserved' && held.get(id)?.state !== 'active')) held.set(id, row);
    }
  }
  for (const outcome of outcomes) {
    const { nic, index, wish, mac, ipv4, ipv6, segment } = outcome.checked;
    const row = nic === undefined ? undefined : held.get(nicId(nic.guest, nic.nic));
    if (row === undefined) continue;
    const lease = leaseOf(row);
    const { owner = order.owner } = wish;
    if (owner !== undefined && row.owner !== null && owner !== row.owner) {
      conflicts.push(conflictOfOwners(index, owner, lease));
      continue;
    }
    if (row.state === 'reserved' && row.segment === null && segment !== undefined && (mac ?? row.mac) === row.mac) {
      // It goes on in the segment, with IP addresses.
      outcome.ends.push(row);
      outcome.mac = row.mac as number;
      continue;
    }
    outcome.held = row;
    const differ = (wished: string | undefined, has: string | null, kind: string): void => {
      if (wished === undefined || wished === has) return;
      conflicts.push(conflictWithItself(index, wished, kind, has ?? 'none', lease));
    };
    differ(mac === undefined ? undefined : macFromInteger(mac), lease.mac, 'MAC address');
    differ(segment?.name, row.segment, 'segment');
    differ(ipv4, row.ipv4, 'IPv4 address');
    differ(ipv6, row.ipv6, 'IPv6 address');
  }
}

/** Addresses that wishes name: all that cannot be had are told at once. */
export async function claimNamed(
  session: WriteSession,
  order: LeaseOrder,
  open: readonly Outcome[],
  conflicts: Conflict[],
): Promise<void> {
  const named = open.filter(
    ({ checked: { mac, ipv4, ipv6 } }) => mac !== undefined || ipv4 !== undefined || ipv6 !== undefined,
  );
  if (named.length === 0) return;
  const barring = await readBarring(session.store, session.transaction, named.flatMap(keysOf), order.now);
  for (const outcome of named) {
    const { checked } = outcome;
    const { index, title, mac, ipv4, ipv6 } = checked;
    for (const key of keysOf(outcome)) {
      const row = barring.get(key);
      if (row === undefined || outcome.ends.some(({ id }) => id === row.id)) continue;
      const address = key.slice(key.lastIndexOf(' ') + 1);
      const kind = !key.includes(' ') ? 'MAC address' : address.includes(':') ? 'IPv6 address' : 'IPv4 address';
      if (!mayTake(row, checked, order))
        conflicts.push(conflictWith(index, address, `${kind} "${address}" of ${title}`, leaseOf(row)));
      else if (row.ended === 0) outcome.ends.push(row);
      else outcome.wakes.set(key, row);
    }
    // Who takes over what exists is not put off by seeing it on the wire.
    if (
      mac !== undefined &&
      order.kind !== 'import' &&
      session.memory.avoided.has(mac) &&
      !barring.has(macFromInteger(mac))
    ) {
      conflicts.push(conflictOnWire(index, macFromInteger(mac), title));
    }
    Object.assign(outcome, { mac: mac ?? outcome.mac, ipv4, ipv6 });
  }
}

/**
 * Whether a lease makes room for a wish: one in quarantine for its own guest, and one of nobody in particular for a NIC
 * of the same owner that names its MAC address, with which its IP addresses go.
 */
function mayTake(row: LeaseRow, { nic, mac, wish }: CheckedWish, order: LeaseOrder): boolean {
  if (nic === undefined) return false;
  const { owner = order.owner } = wish;
  if (row.ended !== 0) return restsFor(leaseOf(row), nic.guest, owner);
  return row.mac === mac && isForTaking(leaseOf(row), owner);
}
