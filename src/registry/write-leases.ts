import type { Transaction } from 'kysely';
import { AppError } from '../errors/app-error.ts';
import { nicId } from '../model/site.ts';
import { adoptionRefused } from './adoption-refused.ts';
import type { EventLoopTurn } from './event-loop-turn.ts';
import { inChunks } from './in-chunks.ts';
import type { AddressChanges, Addresses } from './leases/address-memory.ts';
import { newLeaseRow } from './leases/lease-rows.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import { highestId } from './leases/list-leases.ts';
import { clockOf } from './leases/release-leases.ts';
import { makeRoom, type Room } from './make-room.ts';
import type { LeaseWrites, NicLease } from './plan-leases.ts';
import type { Tables } from './tables.ts';
import { writeHoldings } from './write-holdings.ts';

/**
 * Writes what becomes of the leases of the site's NICs, and answers what that means for the memory of the lease store.
 * Throws `conflict` when somebody else holds an address meanwhile.
 */
export async function writeLeases(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  writes: LeaseWrites,
  at: number,
  turn: EventLoopTurn,
): Promise<AddressChanges> {
  const { ended, restFrom, turned, begun, owners } = writes;
  const from = await clockOf({ transaction }, restFrom, 0);
  for (const [seconds, group] of Map.groupBy(ended, ({ quarantine }) => quarantine)) {
    await inChunks(turn, group, (chunk) => endLeases(transaction, chunk, at, from + seconds * 1000));
  }
  await turnLeases(transaction, turned);
  for (const [guest, owner] of owners.changed) {
    await transaction
      .updateTable('leases')
      .set({ owner })
      .where('guest', '=', guest)
      .where('ended', '=', 0)
      .where('source', '=', 'site')
      .execute();
  }
  const room = await makeRoom(transaction, store, writes, at);
  await refuseRotating(transaction, store, room);
  await beginLeases(transaction, begun, writes, room, at, turn);
  await writeHoldings(transaction, writes.holdings, at, turn);
  return changesOf(writes, room);
}

/** A NIC whose lease a request made becomes the site's with one address, not while it has two. */
async function refuseRotating(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  { adopted }: Pick<Room, 'adopted'>,
): Promise<void> {
  const own = [...adopted.values()];
  if (own.length === 0) return;
  const held = await store.heldBy(
    transaction,
    own.map(({ guest, nic }) => ({ guest: guest as string, nic: Number(nic) })),
  );
  const ids = new Set(own.map(({ id }) => Number(id)));
  const other = held.find(({ id, source }) => source === 'request' && !ids.has(Number(id)));
  if (other === undefined) return;
  throw adoptionRefused(nicId(other.guest as string, Number(other.nic)));
}

async function endLeases(
  transaction: Transaction<Tables>,
  ends: LeaseWrites['ended'],
  at: number,
  freeAt: number,
): Promise<void> {
  const macs = ends.map(({ lease }) => lease.mac);
  const { numUpdatedRows } = await transaction
    .updateTable('leases')
    .set(({ ref }) => ({ state: 'quarantined', ended: ref('id'), released_at: at, free_at: freeAt }))
    .where('mac', 'in', macs)
    .where('ended', '=', 0)
    .where('source', '=', 'site')
    .executeTakeFirst();
  if (Number(numUpdatedRows) === macs.length) return;
  const { guest, nic } = (ends[0] as LeaseWrites['ended'][number]).lease;
  throw new AppError('internal', `NIC "${nicId(guest, nic)}", or one released with it, held a lease that has no row`);
}

/**
 * Two leases of a NIC may change places, so both let go of the NIC and its addresses first: they are unique among the
 * leases that are held.
 */
async function turnLeases(transaction: Transaction<Tables>, turned: LeaseWrites['turned']): Promise<void> {
  const write = (mac: number, values: Partial<NicLease> | { guest: null; ipv4: null; ipv6: null }) =>
    transaction.updateTable('leases').set(values).where('mac', '=', mac).where('ended', '=', 0).execute();
  for (const { before } of turned) await write(before.mac, { guest: null, ipv4: null, ipv6: null });
  for (const { after } of turned) {
    const { guest, state, ipv4, ipv6 } = after;
    await write(after.mac, { guest, state, ipv4, ipv6 });
  }
}

async function beginLeases(
  transaction: Transaction<Tables>,
  begun: readonly NicLease[],
  { owners }: LeaseWrites,
  { adopted }: Room,
  at: number,
  turn: EventLoopTurn,
): Promise<void> {
  if (begun.length === 0) return;
  let id = (await highestId(transaction)) + 1;
  const rows = [];
  for (const lease of begun) {
    const site = { ...lease, owner: owners.begun.get(lease.guest) ?? null, source: 'site' as const };
    const own = adopted.get(lease.mac);
    if (own === undefined) rows.push(newLeaseRow({ ...site, id: id++, since: at }));
    else await transaction.updateTable('leases').set(site).where('id', '=', own.id).execute();
  }
  await inChunks(turn, rows, (chunk) => transaction.insertInto('leases').values(chunk).execute());
}

/** An address that goes from one lease to another in one change was held and stays held. */
function changesOf({ ended, turned, begun }: LeaseWrites, { adopted, over, woken }: Room): AddressChanges {
  const held: Addresses[] = [...begun, ...turned.map(({ after }) => after)];
  const left: Addresses[] = [
    ...ended.map(({ lease }) => lease),
    ...turned.map(({ before }) => before),
    ...adopted.values(),
    ...over,
  ];
  const [macsHeld, macsLeft] = [macsOf(held), macsOf(left)];
  const [ipsHeld, ipsLeft] = [ipsOf(held), ipsOf(left)];
  const without = (list: readonly Addresses[], macs: ReadonlySet<number>, ips: ReadonlySet<string>): Addresses[] =>
    list.map(({ mac, segment, ipv4 }) => ({
      mac: mac === null || macs.has(mac) ? null : mac,
      segment,
      ipv4: ipv4 === null || ips.has(`${segment} ${ipv4}`) ? null : ipv4,
    }));
  return {
    held: without(held, macsLeft, ipsLeft),
    rested: without(
      ended.map(({ lease }) => lease),
      macsHeld,
      ipsHeld,
    ),
    freed: without([...adopted.values(), ...over], macsHeld, ipsHeld),
    woken,
  };
}

const macsOf = (list: readonly Addresses[]): Set<number> =>
  new Set(list.flatMap(({ mac }) => (mac === null ? [] : [mac])));
const ipsOf = (list: readonly Addresses[]): Set<string> =>
  new Set(list.flatMap(({ segment, ipv4 }) => (ipv4 === null ? [] : [`${segment} ${ipv4}`])));
