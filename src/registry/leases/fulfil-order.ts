import { macFromInteger } from '../../model/mac-address.ts';
import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import type { DrawWish } from './address-source.ts';
import { ipKey } from './barring.ts';
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
import { piecesOf } from './pieces.ts';
import type { WriteSession } from './write-session.ts';

/** Rows that an order writes. */
export interface Fulfilled {
  /** The answer, in the order of the wishes, as it will stand. */
  readonly rows: LeaseRow[];
  readonly begun: LeaseRow[];
  readonly activated: LeaseRow[];
  /** Leases that ended for those that begin, as they were. */
  readonly ended: readonly LeaseRow[];
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
  const outcomes = wishes.map((checked): Outcome => ({ checked, ends: [], wakes: new Map() }));
  const conflicts: Conflict[] = [];
  await findHeld(session, order, outcomes, conflicts);
  const open = outcomes.filter(({ held }) => held === undefined);
  await claimNamed(session, order, open, conflicts);
  if (conflicts.length > 0) throw conflictError(conflicts.sort((a, b) => a.index - b.index));
  await comeBack(session, order, open);
  const ended = await makeRoom(session, open, order.now);
  await drawMissing(session, order, open);
  return { ...rowsOf(session, order, outcomes), ended };
}

/**
 * Ends the leases that make room, and holds in memory what is given, so that the draws that follow leave it alone. The
 * maps they need are read before: they must not miss what memory alone knows.
 */
async function makeRoom(session: WriteSession, open: readonly Outcome[], now: number): Promise<LeaseRow[]> {
  for (const { mac, ipv4, checked } of open) {
    if (mac === undefined && checked.pool !== undefined) await openPool(session, checked.pool);
    if (ipv4 === undefined && checked.segment !== undefined) await openSegment(session, checked.segment);
  }
  // One lease may make room for several wishes, and by more than one address.
  const ends = new Map(open.flatMap((outcome) => outcome.ends.map((row) => [row.id, row])));
  await endLeases(session, [...ends.values()], 'take over', now);
  await wake(session, open, now);
  const held = open.filter(({ mac, ipv4 }) => mac !== undefined || ipv4 !== undefined);
  session.change({ held: held.map(addressesOf) });
  return [...ends.values()];
}

/** What rested for a guest that has all of it again is over; of the rest, what it did not take goes on resting. */
async function wake(session: WriteSession, open: readonly Outcome[], now: number): Promise<void> {
  const woken: Addresses[] = [];
  const over = new Set<number>();
  for (const outcome of open) {
    for (const [key, row] of outcome.wakes) {
      const { mac, segment, ipv4 } = row;
      woken.push(
        key.includes(' ')
          ? { mac: null, segment, ipv4: ipv4 !== null && key === ipKey(segment ?? '', ipv4) ? ipv4 : null }
          : { mac, segment: null, ipv4: null },
      );
      if (hasAllOf(outcome, row)) over.add(row.id);
    }
  }
  for await (const piece of piecesOf(session.turn, [...over])) {
    await session.transaction
      .updateTable('leases')
      .set({ state: 'free', free_at: now })
      .where('id', 'in', session.store.listOf(piece) as never)
      .execute();
  }
  session.change({ woken });
}

function hasAllOf({ checked: { segment }, mac, ipv4, ipv6 }: Outcome, row: LeaseRow): boolean {
  const here = segment !== undefined && row.segment === segment.name;
  // One that is derived from the MAC address comes with it.
  const has6 = row.ipv6 === ipv6 || segment?.address6 === 'eui64';
  return row.mac === mac && (row.ipv4 === null || (here && row.ipv4 === ipv4)) && (row.ipv6 === null || (here && has6));
}

function addressesOf(outcome: Outcome): Addresses {
  const { segment, ipv4 } = placeOf(outcome);
  return { mac: outcome.mac ?? null, segment, ipv4 };
}

/** What a lease of nobody in particular had goes with its MAC address, where no segment is wished for. */
function placeOf({ checked, ends, ipv4, ipv6 }: Outcome): Pick<LeaseRow, 'segment' | 'ipv4' | 'ipv6'> {
  const [taken] = ends;
  if (checked.segment === undefined && taken !== undefined) return taken;
  return { segment: checked.segment?.name ?? null, ipv4: ipv4 ?? null, ipv6: ipv6 ?? null };
}

/** New addresses for what is still missing. */
async function drawMissing(session: WriteSession, order: LeaseOrder, open: readonly Outcome[]): Promise<void> {
  const { now } = order;
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
    const wishes = needing6.map(({ checked: { nic, title, wish }, mac = 0 }) => ({
      title,
      segment,
      owner: wish.owner ?? order.owner,
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

function rowsOf(session: WriteSession, order: LeaseOrder, outcomes: readonly Outcome[]): Omit<Fulfilled, 'ended'> {
  const fulfilled: Omit<Fulfilled, 'ended'> = { rows: [], begun: [], activated: [] };
  const count = outcomes.filter(({ held }) => held === undefined).length;
  let id = session.takeIds(count);
  for (const outcome of outcomes) {
    const { checked, held, ends, mac } = outcome;
    if (held !== undefined) {
      const activates = held.state === 'reserved' && order.state === 'active';
      const row: LeaseRow = activates
        ? { ...held, state: nextLeaseState('reserved', 'activate', checked.title) }
        : held;
      if (activates) fulfilled.activated.push(row);
      fulfilled.rows.push(row);
      continue;
    }
    const { wish, nic } = checked;
    const [taken] = ends;
    const { segment, ipv4, ipv6 } = placeOf(outcome);
    const row = newLeaseRow({
      id: id++,
      mac: mac as number,
      state: nextLeaseState('free', order.state === 'reserved' ? 'reserve' : 'lease', checked.title),
      guest: nic?.guest ?? null,
      nic: nic?.nic ?? null,
      owner: wish.owner ?? order.owner ?? taken?.owner ?? null,
      segment,
      ipv4,
      ipv6,
      source: 'request',
      since: order.now,
      comment: wish.comment ?? order.comment ?? (taken?.guest ? taken.comment : null),
    });
    fulfilled.begun.push(row);
    fulfilled.rows.push(row);
  }
  return fulfilled;
}
