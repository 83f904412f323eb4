import { macFromInteger } from '../../model/mac-address.ts';
import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import type { DrawWish } from './address-source.ts';
import type { CheckedWish } from './check-order.ts';
import { claimNamed, findHeld } from './claim-named.ts';
import { comeBack } from './come-back.ts';
import { type Conflict, conflictError } from './describe-conflicts.ts';
import { deriveIpv6, drawIpv4, openSegment } from './draw-ips.ts';
import { drawMacs, openPool } from './draw-macs.ts';
import { endLeases } from './end-leases.ts';
import { newLeaseRow } from './lease-rows.ts';
import { nextLeaseState } from './lease-states.ts';
import type { LeaseOrder } from './leases.ts';
import { keysOf, type Outcome } from './outcome.ts';
import type { WriteSession } from './write-session.ts';

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

/**
 * Ends the leases that make room, and holds in memory what is given, so that the draws that follow leave it alone. The
 * maps they need are read before: they must not miss what memory alone knows.
 */
async function makeRoom(session: WriteSession, open: readonly Outcome[], now: number): Promise<void> {
  for (const { mac, ipv4, checked } of open) {
    if (mac === undefined && checked.pool !== undefined) await openPool(session, checked.pool);
    if (ipv4 === undefined && checked.segment !== undefined) await openSegment(session, checked.segment);
  }
  // One lease may make room for several wishes, and by more than one address.
  const ends = new Map(open.flatMap((outcome) => outcome.ends.map((row) => [row.id, row])));
  await endLeases(session, [...ends.values()], 'take over', now);
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
