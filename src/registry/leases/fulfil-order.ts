import { macFromInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import { usableIpv4, usableIpv6 } from '../nic-wishes.ts';
import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import type { DrawWish } from './address-source.ts';
import { ipKey, readBarring } from './barring.ts';
import type { CheckedWish } from './check-order.ts';
import {
  type Conflict,
  conflictError,
  conflictOnWire,
  conflictWith,
  conflictWithItself,
} from './describe-conflicts.ts';
import { deriveIpv6, drawIpv4, openSegment } from './draw-ips.ts';
import { drawMacs, openPool } from './draw-macs.ts';
import { endLeases } from './end-leases.ts';
import { leaseOf, newLeaseRow } from './lease-rows.ts';
import { nextLeaseState } from './lease-states.ts';
import type { LeaseOrder } from './leases.ts';
import { piecesOf } from './pieces.ts';
import { isForTaking } from './take-over.ts';
import type { WriteSession } from './write-session.ts';

/** What becomes of one wish. */
interface Outcome {
  readonly checked: CheckedWish;
  /** The lease that the NIC holds already. */
  held?: LeaseRow;
  /** Leases that end for it: nobody's in particular, and its own that rests. */
  readonly ends: LeaseRow[];
  mac?: number;
  ipv4?: string | undefined;
  ipv6?: string | undefined;
  /** IP addresses that an ended lease of nobody in particular had. */
  segment?: string | undefined;
}

/** Rows that an order writes. */
export interface Fulfilled {
  /** The answer, in the order of the wishes, as it will stand. */
  readonly rows: LeaseRow[];
  readonly begun: LeaseRow[];
  readonly activated: LeaseRow[];
}

/**
 * Finds addresses for the wishes of an order, and ends what makes room for them; the rows that begin are still to be
 * written. Throws as `Leases.lease` says.
 */
export async function fulfilOrder(
  session: WriteSession,
  order: LeaseOrder,
  wishes: readonly CheckedWish[],
): Promise<Fulfilled> {
  const outcomes = wishes.map((checked): Outcome => ({ checked, ends: [] }));
  const conflicts: Conflict[] = [];
  await findHeld(session, outcomes, conflicts);
  const open = outcomes.filter(({ held }) => held === undefined);
  await claimNamed(session, order, open, conflicts);
  if (conflicts.length > 0) throw conflictError(conflicts.sort((a, b) => a.index - b.index));
  await comeBack(session, open, order.now);
  await makeRoom(session, open, order.now);
  await drawMissing(session, open, order.now);
  return rowsOf(session, order, outcomes);
}

/** NICs that hold a lease keep it; what they name besides must not differ from it. */
async function findHeld(session: WriteSession, outcomes: Outcome[], conflicts: Conflict[]): Promise<void> {
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
    const { nic, index, mac, ipv4, ipv6, segment } = outcome.checked;
    const row = nic === undefined ? undefined : held.get(nicId(nic.guest, nic.nic));
    if (row === undefined) continue;
    outcome.held = row;
    const lease = leaseOf(row);
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
async function claimNamed(
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
      const address = key.slice(key.lastIndexOf(' ') + 1);
      const kind = !key.includes(' ') ? 'MAC address' : address.includes(':') ? 'IPv6 address' : 'IPv4 address';
      if (row !== undefined && mayTake(row, checked, order)) outcome.ends.push(row);
      else if (row !== undefined)
        conflicts.push(conflictWith(index, address, `${kind} "${address}" of ${title}`, leaseOf(row)));
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
    Object.assign(outcome, { mac, ipv4, ipv6 });
  }
}

function keysOf({ checked: { mac, ipv4, ipv6, segment } }: Outcome): string[] {
  const ips = [ipv4, ipv6].filter((ip) => ip !== undefined);
  return [...(mac === undefined ? [] : [macFromInteger(mac)]), ...ips.map((ip) => ipKey(segment?.name ?? '', ip))];
}

/**
 * Whether a lease makes room for a wish: one in quarantine for its own guest, and one of nobody in particular for a NIC
 * of the same owner (that is how addresses that were leased in bulk get to guests).
 */
function mayTake(row: LeaseRow, { nic, wish }: CheckedWish, order: LeaseOrder): boolean {
  if (nic === undefined) return false;
  if (row.ended !== 0) return row.guest === nic.guest;
  return isForTaking(leaseOf(row), wish.owner ?? order.owner);
}

/** NICs that held a lease before get what they had, as far as nobody else needs it. */
async function comeBack(session: WriteSession, open: readonly Outcome[], now: number): Promise<void> {
  const back = open.filter(({ checked }) => checked.nic !== undefined);
  if (back.length === 0) return;
  const nics = back.map(({ checked }) => ({
    ...(checked.nic as { guest: string; nic: number }),
    ...(checked.segment === undefined ? {} : { segment: checked.segment.name }),
  }));
  const latest = new Map<string, LeaseRow>();
  for await (const piece of piecesOf(session.turn, nics)) {
    for (const row of await session.store.latestOf(session.transaction, piece)) {
      if (row.ended !== 0) latest.set(nicId(row.guest as string, Number(row.nic)), row);
    }
  }
  if (latest.size === 0) return;
  const keys = [...latest.values()].flatMap(({ mac, segment, ipv4, ipv6 }) => [
    ...(mac === null ? [] : [macFromInteger(Number(mac))]),
    ...[ipv4, ipv6].flatMap((ip) => (ip === null || segment === null ? [] : [ipKey(segment, ip)])),
  ]);
  const barring = await readBarring(session.store, session.transaction, keys, now);
  const given = new Set(open.flatMap(keysOf));
  for (const outcome of back) {
    const { nic, segment } = outcome.checked;
    const row = latest.get(nicId(nic?.guest ?? '', nic?.nic ?? 0));
    if (row === undefined) continue;
    const take = (key: string): boolean => {
      const bar = barring.get(key);
      if (given.has(key) || (bar !== undefined && (bar.ended === 0 || bar.guest !== nic?.guest))) return false;
      given.add(key);
      if (bar !== undefined && !outcome.ends.some(({ id }) => id === bar.id)) outcome.ends.push(bar);
      return true;
    };
    const mac = row.mac === null ? undefined : Number(row.mac);
    if (outcome.mac === undefined && mac !== undefined && !session.memory.avoided.has(mac) && take(macFromInteger(mac)))
      outcome.mac = mac;
    if (segment === undefined || row.segment !== segment.name) continue;
    const { ipv4, ipv6 } = row;
    if (
      outcome.ipv4 === undefined &&
      ipv4 !== null &&
      usableIpv4(segment.subnet, ipv4 as never) &&
      take(ipKey(segment.name, ipv4))
    )
      outcome.ipv4 = ipv4;
    const { subnet6, address6 } = segment;
    if (
      outcome.ipv6 === undefined &&
      ipv6 !== null &&
      address6 === 'opaque' &&
      subnet6 !== undefined &&
      usableIpv6(subnet6, ipv6 as never) &&
      take(ipKey(segment.name, ipv6))
    )
      outcome.ipv6 = ipv6;
  }
}

/**
 * Ends the leases that make room, and holds in memory what is given, so that the draws that follow leave it alone. The
 * maps they need are read before: they must not miss what memory alone knows.
 */
async function makeRoom(session: WriteSession, open: readonly Outcome[], now: number): Promise<void> {
  for (const { mac, ipv4, checked } of open) {
    if (mac === undefined && checked.pool !== undefined) await openPool(session, checked.pool);
    if (ipv4 === undefined && checked.segment !== undefined) await openSegment(session, checked.segment);
  }
  await endLeases(
    session,
    open.flatMap(({ ends }) => ends),
    'take over',
    now,
  );
  const held = open.filter(({ mac, ipv4 }) => mac !== undefined || ipv4 !== undefined);
  session.change({ held: held.map(addressesOf) });
}

function addressesOf({ mac, ipv4, checked }: Outcome): Addresses {
  return { mac: mac ?? null, segment: checked.segment?.name ?? null, ipv4: ipv4 ?? null };
}

/** New addresses for what is still missing. */
async function drawMissing(session: WriteSession, open: readonly Outcome[], now: number): Promise<void> {
  const byPool = Map.groupBy(
    open.filter(({ mac }) => mac === undefined),
    ({ checked }) => checked.pool,
  );
  for (const [pool, group] of byPool) {
    if (pool === undefined) continue;
    const macs = await drawMacs(session, pool, group.map(drawWishOf), now);
    session.change({ held: macs.map((mac) => ({ mac, segment: null, ipv4: null })) });
    group.forEach((outcome, index) => {
      outcome.mac = macs[index] as number;
    });
  }
  const withIps = open.filter(({ checked }) => checked.segment !== undefined);
  for (const [segment, group] of Map.groupBy(withIps, ({ checked }) => checked.segment)) {
    if (segment === undefined) continue;
    const needing = group.filter(({ ipv4 }) => ipv4 === undefined);
    const ips =
      needing.length === 0
        ? []
        : await drawIpv4(
            session,
            segment,
            needing.map(({ checked }) => checked.title),
            now,
          );
    needing.forEach((outcome, index) => {
      outcome.ipv4 = ips[index];
    });
    if (segment.subnet6 === undefined) continue;
    const needing6 = group.filter(({ ipv6 }) => ipv6 === undefined);
    const wishes = needing6.map(({ checked: { nic, title }, mac = 0 }) => ({
      title,
      segment,
      guest: nic?.guest ?? macFromInteger(mac),
      nic: nic?.nic ?? 0,
      mac,
    }));
    const ips6 = wishes.length === 0 ? [] : await deriveIpv6(session, wishes, new Set(open.flatMap(keysOf)), now);
    needing6.forEach((outcome, index) => {
      outcome.ipv6 = ips6[index];
    });
  }
}

function drawWishOf({ checked: { title, wish, nic } }: Outcome): DrawWish {
  return nic === undefined ? { title } : { title, identity: { guest: wish.uuid ?? nic.guest, nic: nic.nic } };
}

function rowsOf(session: WriteSession, order: LeaseOrder, outcomes: readonly Outcome[]): Fulfilled {
  const fulfilled: Fulfilled = { rows: [], begun: [], activated: [] };
  const count = outcomes.filter(({ held }) => held === undefined).length;
  let id = session.takeIds(count);
  for (const { checked, held, ends, mac, ipv4, ipv6 } of outcomes) {
    if (held !== undefined) {
      const activates = held.state === 'reserved' && order.state === 'active';
      const row: LeaseRow = activates
        ? { ...held, state: nextLeaseState('reserved', 'activate', checked.title) }
        : held;
      if (activates) fulfilled.activated.push(row);
      fulfilled.rows.push(row);
      continue;
    }
    const { wish, nic, segment } = checked;
    const taken = ends.find((row) => row.ended === 0);
    const row = newLeaseRow({
      id: id++,
      mac: mac as number,
      state: nextLeaseState('free', order.state === 'reserved' ? 'reserve' : 'lease', checked.title),
      guest: nic?.guest ?? null,
      nic: nic?.nic ?? null,
      owner: wish.owner ?? order.owner ?? taken?.owner ?? null,
      // What a lease of nobody in particular had goes with its MAC address.
      segment: segment?.name ?? taken?.segment ?? null,
      ipv4: ipv4 ?? (segment === undefined ? taken?.ipv4 : undefined) ?? null,
      ipv6: ipv6 ?? (segment === undefined ? taken?.ipv6 : undefined) ?? null,
      source: 'request',
      since: order.now,
      comment: wish.comment ?? order.comment ?? null,
    });
    fulfilled.begun.push(row);
    fulfilled.rows.push(row);
  }
  return fulfilled;
}
