import { macFromInteger } from '../../model/mac-address.ts';
import type { LeaseRow } from '../tables.ts';
import type { DrawWish } from './address-source.ts';
import type { CheckedWish } from './check-order.ts';
import { claimNamed, findHeld } from './claim-named.ts';
import { comeBack } from './come-back.ts';
import { type Conflict, conflictError } from './describe-conflicts.ts';
import { deriveIpv6, drawIpv4 } from './draw-ips.ts';
import { drawMacs } from './draw-macs.ts';
import { newLeaseRow } from './lease-rows.ts';
import { nextLeaseState } from './lease-states.ts';
import type { LeaseOrder } from './leases.ts';
import { keysOf, type Outcome } from './outcome.ts';
import { makeRoom, placeOf } from './room-for-order.ts';
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
