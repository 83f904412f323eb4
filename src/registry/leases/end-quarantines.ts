import { macFromInteger } from '../../model/mac-address.ts';
import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import { ipKey, readBarring } from './barring.ts';
import { isResting } from './lease-conditions.ts';
import type { WriteSession } from './write-session.ts';

/** Quarantines that end in one change at most: what is over and was not ended yet rests a little longer. */
const endLimit = 500;

/** Ends quarantines that are over: their leases become history, their addresses can be drawn. Answers how many ended. */
export async function endQuarantines(session: WriteSession, now: number): Promise<number> {
  const { transaction } = session;
  const rows = await transaction
    .selectFrom('leases')
    .select(['id', 'mac', 'segment', 'ipv4'])
    .where(isResting)
    .where('free_at', '<=', now)
    .orderBy('free_at')
    .limit(endLimit)
    .execute();
  if (rows.length === 0) return 0;
  await transaction
    .updateTable('leases')
    .set({ state: 'free' })
    .where('id', 'in', session.store.listOf(rows.map(({ id }) => id)) as never)
    .execute();
  session.change({ woken: await unbarred(session, rows, now) });
  return rows.length;
}

/** Of addresses of leases that ended, those that no other lease keeps from others. */
export async function unbarred(
  session: WriteSession,
  rows: readonly Pick<LeaseRow, 'mac' | 'segment' | 'ipv4'>[],
  now: number,
): Promise<Addresses[]> {
  const keys = rows.flatMap(({ mac, segment, ipv4 }) => [
    ...(mac === null ? [] : [macFromInteger(Number(mac))]),
    ...(segment === null || ipv4 === null ? [] : [ipKey(segment, ipv4)]),
  ]);
  const barring = await readBarring(session.store, session.transaction, keys, now);
  return rows.map(({ mac, segment, ipv4 }) => ({
    mac: mac === null || barring.has(macFromInteger(Number(mac))) ? null : Number(mac),
    segment,
    ipv4: segment === null || ipv4 === null || barring.has(ipKey(segment, ipv4)) ? null : ipv4,
  }));
}
