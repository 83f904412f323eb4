import type { Transaction } from 'kysely';
import { AppError } from '../errors/app-error.ts';
import type { Ipv4Address, Ipv6Address } from '../model/ip-address.ts';
import { type MacAddress, macFromInteger, macToInteger } from '../model/mac-address.ts';
import { nicId } from '../model/site.ts';
import { claimRefused } from './claim-refused.ts';
import type { AddressChanges, Addresses } from './leases/address-memory.ts';
import { ipKey, readBarring } from './leases/barring.ts';
import { leaseOf, newLeaseRow, renderLeaseTitle } from './leases/lease-rows.ts';
import { type LeaseEvent, nextLeaseState } from './leases/lease-states.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import type { Lease } from './leases/leases.ts';
import { highestId } from './leases/list-leases.ts';
import { clockOf } from './leases/release-leases.ts';
import type { LeaseRow, Tables } from './tables.ts';

/** A NIC that is none of the site's: its addresses were leased by a request. */
export interface RequestedNic {
  readonly guest: string;
  readonly nic: number;
  readonly owner?: string;
  readonly segment?: string;
  /** The one in use. */
  readonly mac: MacAddress;
  readonly ipv4?: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /** The other one, while it rotates. */
  readonly also?: { readonly mac: MacAddress; readonly state: 'reserved' | 'retiring' };
}

/** What a step of a rotation changes about such a NIC. */
export interface RequestedTurn {
  readonly before: RequestedNic;
  readonly after: RequestedNic;
  /** Seconds that an address rests which the NIC has no more. */
  readonly quarantine: number;
}

/** The NIC whose leases these are; undefined unless one that a request made is in use. */
export function requestedNicOf(leases: readonly Lease[]): RequestedNic | undefined {
  const active = leases.find(({ state, source }) => state === 'active' && source === 'request');
  if (active?.guest === undefined || active.nic === undefined) return undefined;
  const { guest, nic, owner, segment, mac, ipv4, ipv6 } = active;
  const other = leases.find(
    ({ state, source }) => (state === 'reserved' || state === 'retiring') && source === 'request',
  );
  return {
    guest,
    nic,
    mac: mac as MacAddress,
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(ipv4 === undefined ? {} : { ipv4: ipv4 as Ipv4Address }),
    ...(ipv6 === undefined ? {} : { ipv6: ipv6 as Ipv6Address }),
    ...(other === undefined ? {} : { also: { mac: other.mac as MacAddress, state: other.state as 'reserved' } }),
  };
}

/**
 * Writes the steps in a transaction that the caller opened. Answers what became of addresses. Throws `conflict` when the
 * leases of a NIC are not those of `before` any more, or somebody else holds a new address.
 */
export async function turnRequested(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  turns: readonly RequestedTurn[],
  at: number,
): Promise<AddressChanges> {
  if (turns.length === 0) return {};
  const rows = await store.heldBy(
    transaction,
    turns.map(({ before: { guest, nic } }) => ({ guest, nic })),
  );
  const byNic = Map.groupBy(rows, ({ guest, nic }) => nicId(guest as string, Number(nic)));
  const from = await clockOf(
    { transaction },
    at,
    rows.reduce((latest, { since }) => Math.max(latest, Number(since)), 0),
  );
  const changes = { held: [] as Addresses[], rested: [] as Addresses[], freed: [] as Addresses[] };
  let id = (await highestId(transaction)) + 1;
  for (const turn of turns) {
    const { guest, nic } = turn.before;
    const held = byNic.get(nicId(guest, nic)) ?? [];
    refuseOther(turn.before, held);
    await refuseTaken(transaction, store, turn, held, at);
    const kept = stateByMac(turn.after);
    const going = held.filter(({ mac }) => !kept.has(Number(mac)));
    for (const row of going) {
      const free = await end(transaction, store, row, turn, at, from);
      (free ? changes.freed : changes.rested).push({ mac: Number(row.mac), segment: null, ipv4: null });
    }
    await change(
      transaction,
      turn,
      held.filter((row) => !going.includes(row)),
    );
    const { also } = turn.after;
    const mac = also && macToInteger(also.mac);
    if (mac === undefined || held.some((row) => Number(row.mac) === mac)) continue;
    await transaction
      .insertInto('leases')
      .values(begin(turn.after, id++, mac, at))
      .execute();
    changes.held.push({ mac, segment: null, ipv4: null });
  }
  return changes;
}

function stateByMac({ mac, also }: RequestedNic): Map<number, 'active' | 'reserved' | 'retiring'> {
  const states = new Map<number, 'active' | 'reserved' | 'retiring'>([[macToInteger(mac), 'active']]);
  if (also) states.set(macToInteger(also.mac), also.state);
  return states;
}

/** Leases that a request made can be released, or become the site's, between two steps. */
function refuseOther(before: RequestedNic, held: readonly LeaseRow[]): void {
  const states = stateByMac(before);
  const same = held.length === states.size && held.every(({ mac, state }) => states.get(Number(mac)) === state);
  if (same && held.every(({ source }) => source === 'request')) return;
  throw new AppError(
    'conflict',
    `the leases of NIC "${nicId(before.guest, before.nic)}" have changed meanwhile: it holds ${render(held)}; expected ${Array.from(states, ([mac, state]) => `"${macFromInteger(mac)}" (${state})`).join(' and ')}`,
  );
}

const render = (rows: readonly LeaseRow[]): string =>
  rows.map((row) => `"${leaseOf(row).mac}" (${row.state})`).join(' and ') || 'nothing';

/** Addresses that the NIC did not have before. */
async function refuseTaken(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  { before, after }: RequestedTurn,
  held: readonly LeaseRow[],
  at: number,
): Promise<void> {
  const { also, segment, ipv6 } = after;
  const keys = [
    ...(also && !held.some(({ mac }) => Number(mac) === macToInteger(also.mac)) ? [also.mac] : []),
    ...(segment !== undefined && ipv6 !== undefined && ipv6 !== before.ipv6 ? [ipKey(segment, ipv6)] : []),
  ];
  for (const [key, row] of await readBarring(store, transaction, keys, at)) {
    if (row.guest === after.guest && Number(row.nic) === after.nic) continue;
    throw claimRefused(key, nicId(after.guest, after.nic), leaseOf(row));
  }
}

/** An address rests, or is free at once where its pool knows no quarantine. Answers whether it is free. */
async function end(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  row: LeaseRow,
  { after, quarantine }: RequestedTurn,
  at: number,
  from: number,
): Promise<boolean> {
  const event: LeaseEvent = quarantine === 0 ? 'free' : 'release';
  await transaction
    .updateTable('leases')
    .set({
      state: nextLeaseState(row.state, event, renderLeaseTitle(leaseOf(row))),
      ended: row.id,
      released_at: at,
      free_at: quarantine === 0 ? at : from + quarantine * 1000,
      // The IP addresses stay with the NIC; one that was derived from this MAC address goes with it.
      ipv4: null,
      ipv6: row.ipv6 === (after.ipv6 ?? null) ? null : row.ipv6,
    })
    .where('id', '=', row.id)
    .execute();
  if (quarantine !== 0) return false;
  return (await readBarring(store, transaction, [macFromInteger(Number(row.mac))], at)).size === 0;
}

/** Two leases may change places, so both let go of the NIC and its addresses first: they are unique among what is held. */
async function change(transaction: Transaction<Tables>, { before, after }: RequestedTurn, rows: readonly LeaseRow[]) {
  const states = stateByMac(after);
  const turned = rows.filter(({ mac, state }) => states.get(Number(mac)) !== state);
  const write = (row: LeaseRow, values: Partial<LeaseRow>) =>
    transaction.updateTable('leases').set(values).where('id', '=', row.id).execute();
  for (const row of turned) await write(row, { guest: null, ipv4: null, ipv6: null });
  for (const row of turned) {
    const state = states.get(Number(row.mac)) as LeaseRow['state'];
    const used = state === 'active';
    const event = state === 'retiring' ? 'retire' : row.state === 'retiring' ? 'restore' : 'activate';
    // An IPv6 address that follows the MAC address stays with the lease that it was derived from.
    const own = after.ipv6 === before.ipv6 ? null : row.ipv6;
    await write(row, {
      guest: row.guest,
      state: nextLeaseState(row.state, event, renderLeaseTitle(leaseOf(row))),
      ipv4: used ? (after.ipv4 ?? null) : null,
      ipv6: used ? (after.ipv6 ?? null) : own,
    });
  }
}

function begin({ guest, nic, owner, segment }: RequestedNic, id: number, mac: number, at: number): LeaseRow {
  const state = nextLeaseState('free', 'reserve', `MAC address "${macFromInteger(mac)}"`);
  const holder = { guest, nic, owner: owner ?? null, segment: segment ?? null };
  return newLeaseRow({ id, mac, state, source: 'request', since: at, ...holder });
}
