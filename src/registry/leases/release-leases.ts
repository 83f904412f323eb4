import { AppError } from '../../errors/app-error.ts';
import type { LeaseRow } from '../tables.ts';
import { endLeases, restLeases } from './end-leases.ts';
import { leaseOf, renderLeaseTitle } from './lease-rows.ts';
import { holdsAddress } from './lease-states.ts';
import type { Lease, ReleaseOrder } from './leases.ts';
import { piecesOf } from './pieces.ts';
import type { WriteSession } from './write-session.ts';

const clockSetting = 'lease-clock';

/**
 * Ends the leases of a release, and `others` that go with them. Answers them before and after, by id. Throws as
 * `Leases.release` says.
 */
export async function releaseLeases(
  session: WriteSession,
  order: ReleaseOrder,
  asked: ReadonlyMap<number, LeaseRow>,
): Promise<{ before: Lease[]; after: Map<number, Lease>; others: number[] }> {
  const unknown = order.ids.filter((id) => !asked.has(id));
  if (unknown.length > 0) {
    const [first] = unknown;
    const more = unknown.length === 1 ? '' : `, nor ${unknown.length - 1} more that were named`;
    throw new AppError('not-found', `there is no lease ${first}${more}; nothing was released`, {
      details: { ids: unknown },
    });
  }
  const others = await othersOf(session, asked);
  const rows = new Map([...asked, ...others]);
  const ids = [...new Set(order.ids), ...others.keys()];
  const before: Lease[] = [];
  const freed: LeaseRow[] = [];
  const resting = new Map<number, LeaseRow[]>();
  for (const id of ids) {
    // Where there are many pools it takes a while to know how long an address of one rests.
    await session.turn.pause();
    const row = rows.get(id) as LeaseRow;
    const lease = leaseOf(row);
    const seconds = order.quarantine(lease);
    refuse(lease, seconds);
    before.push(lease);
    if (seconds === 0) freed.push(row);
    else {
      const group = resting.get(seconds) ?? [];
      group.push(row);
      resting.set(seconds, group);
    }
  }
  const newest = before.reduce((latest, { since }) => Math.max(latest, since), 0);
  const from = await clockOf(session, order.now, newest);
  const after = new Map<number, Lease>();
  const keep = (ended: readonly LeaseRow[]): void => {
    for (const row of ended) after.set(Number(row.id), leaseOf(row));
  };
  keep(await endLeases(session, freed, 'free', order.now));
  for (const [seconds, group] of resting) keep(await restLeases(session, group, order.now, from + seconds * 1000));
  return { before, after, others: [...others.keys()] };
}

/**
 * What NICs have besides the address that is released, while they rotate: it goes with it. Throws `conflict` where the
 * address in use would stay.
 */
async function othersOf(session: WriteSession, asked: ReadonlyMap<number, LeaseRow>): Promise<Map<number, LeaseRow>> {
  const others = new Map<number, LeaseRow>();
  const held = [...asked.values()].filter(
    ({ guest, ended, source }) => guest !== null && !ended && source === 'request',
  );
  for await (const piece of piecesOf(session.turn, held)) {
    const nics = piece.map(({ guest, nic }) => ({ guest: guest as string, nic: Number(nic) }));
    for (const row of await session.store.heldBy(session.transaction, nics)) {
      if (row.source !== 'request' || asked.has(Number(row.id))) continue;
      if (row.state !== 'active') {
        others.set(Number(row.id), row);
        continue;
      }
      const { guest, nic } = row;
      throw new AppError(
        'conflict',
        `NIC "${guest}/${nic}" uses "${leaseOf(row).mac}" and has another address only while it rotates; expected a release of the NIC, or \`bridgekeeper rotate ${guest}/${nic} --back\``,
      );
    }
  }
  return others;
}

function refuse(lease: Lease, seconds: number): void {
  const title = renderLeaseTitle(lease);
  const details = { id: lease.id, state: lease.state };
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new AppError('value-invalid', `${title} cannot rest for ${seconds} seconds; expected 0 or more`, { details });
  }
  // What rests is nobody's any more.
  if (lease.source === 'site' && holdsAddress(lease.state)) {
    throw new AppError(
      'conflict',
      `${title} belongs to NIC "${lease.guest}/${lease.nic}" of the site; expected a lease that was made by a request (remove the NIC from the site instead)`,
      { details },
    );
  }
  if (lease.state === 'free' || (lease.state === 'quarantined' && seconds > 0)) {
    const at = new Date(lease.releasedAt ?? lease.since).toISOString();
    throw new AppError('conflict', `${title} was released already at ${at}; expected one that is held`, { details });
  }
}

/**
 * The time that a quarantine counts from: a clock that went back since an earlier change must not shorten it. The
 * latest time seen stands in the store.
 */
export async function clockOf(
  { transaction }: Pick<WriteSession, 'transaction'>,
  now: number,
  newest: number,
): Promise<number> {
  const row = await transaction
    .selectFrom('settings')
    .select('value')
    .where('name', '=', clockSetting)
    .executeTakeFirst();
  const stored = Number(row?.value ?? 0);
  const latest = Math.max(now, newest);
  if (latest <= stored) return stored;
  const value = String(latest);
  await transaction
    .insertInto('settings')
    .values({ name: clockSetting, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  return latest;
}
