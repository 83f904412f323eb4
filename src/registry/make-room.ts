import type { Transaction } from 'kysely';
import { macFromInteger } from '../model/mac-address.ts';
import { nicId } from '../model/site.ts';
import { claimRefused } from './claim-refused.ts';
import type { Addresses } from './leases/address-memory.ts';
import { ipKey, readBarring } from './leases/barring.ts';
import { leaseOf, renderLeaseTitle } from './leases/lease-rows.ts';
import { nextLeaseState } from './leases/lease-states.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import { isForTaking } from './leases/take-over.ts';
import type { LeaseWrites, NicLease } from './plan-leases.ts';
import type { LeaseRow, Tables } from './tables.ts';

/** What stood in the way of the leases that begin. */
export interface Room {
  /** Leases that a request made for the very NIC, by MAC: they become the site's. */
  readonly adopted: ReadonlyMap<number, LeaseRow>;
  /** Leases of nobody in particular that ended for a NIC of their owner. */
  readonly over: readonly LeaseRow[];
  /** Addresses that rested for the guest that has them again. */
  readonly woken: readonly Addresses[];
}

/** Ends what makes room for leases that begin. Throws `conflict` for an address that somebody else holds. */
export async function makeRoom(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  { begun, ended, owners }: LeaseWrites,
  at: number,
): Promise<Room> {
  const adopted = new Map<number, LeaseRow>();
  const over = new Map<number, LeaseRow>();
  const woken: Addresses[] = [];
  if (begun.length === 0) return { adopted, over: [], woken };
  // From the beginning of time: quarantines that are over count until the store has ended them.
  const barring = await readBarring(store, transaction, begun.flatMap(keysOf), 0);
  const justEnded = new Set(ended.flatMap(({ lease }) => keysOf(lease)));
  const again = new Map<number, LeaseRow>();
  for (const lease of begun) {
    for (const key of keysOf(lease)) {
      const row = barring.get(key);
      if (row === undefined) continue;
      if (row.ended !== 0) {
        if (justEnded.has(key)) continue;
        woken.push(addressOf(key, lease));
        if (hasAllOf(lease, row)) again.set(row.id, row);
      } else if (isForNic(row, lease)) adopted.set(lease.mac, row);
      else if (row.mac === lease.mac && isForTaking(leaseOf(row), owners.begun.get(lease.guest) ?? undefined))
        over.set(row.id, row);
      else throw claimRefused(key, nicId(lease.guest, lease.nic), leaseOf(row));
    }
  }
  for (const row of over.values()) {
    nextLeaseState(row.state, 'take over', renderLeaseTitle(leaseOf(row)));
    await transaction
      .updateTable('leases')
      .set({ state: 'free', ended: row.id, released_at: at, free_at: at })
      .where('id', '=', row.id)
      .execute();
  }
  for (const id of again.keys()) {
    await transaction.updateTable('leases').set({ state: 'free', free_at: at }).where('id', '=', id).execute();
  }
  return { adopted, over: [...over.values()], woken };
}

function keysOf({ mac, segment, ipv4, ipv6 }: NicLease): string[] {
  const ips = [ipv4, ipv6].filter((ip) => ip !== null);
  return [macFromInteger(mac), ...ips.map((ip) => ipKey(segment, ip))];
}

function addressOf(key: string, { mac, segment, ipv4 }: NicLease): Addresses {
  if (!key.includes(' ')) return { mac, segment: null, ipv4: null };
  return { mac: null, segment, ipv4: ipv4 !== null && key === ipKey(segment, ipv4) ? ipv4 : null };
}

const isForNic = (row: LeaseRow, { guest, nic, mac }: NicLease): boolean =>
  row.source === 'request' && row.guest === guest && row.nic === nic && row.mac === mac;

/** A lease whose NIC has all of it again has nothing left that rests. */
function hasAllOf(lease: NicLease, row: LeaseRow): boolean {
  return (
    row.guest === lease.guest &&
    row.nic === lease.nic &&
    row.mac === lease.mac &&
    (row.ipv4 === null || (row.segment === lease.segment && row.ipv4 === lease.ipv4)) &&
    (row.ipv6 === null || (row.segment === lease.segment && row.ipv6 === lease.ipv6))
  );
}
