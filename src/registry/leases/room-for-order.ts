import type { LeaseRow } from '../tables.ts';
import type { Addresses } from './address-memory.ts';
import { ipKey } from './barring.ts';
import { openSegment } from './draw-ips.ts';
import { openPool } from './draw-macs.ts';
import { endLeases } from './end-leases.ts';
import type { Outcome } from './outcome.ts';
import { piecesOf } from './pieces.ts';
import type { WriteSession } from './write-session.ts';

/**
 * Ends the leases that make room, and holds in memory what is given, so that the draws that follow leave it alone. The
 * maps they need are read before: they must not miss what memory alone knows.
 */
export async function makeRoom(session: WriteSession, open: readonly Outcome[], now: number): Promise<LeaseRow[]> {
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
export function placeOf({ checked, ends, ipv4, ipv6 }: Outcome): Pick<LeaseRow, 'segment' | 'ipv4' | 'ipv6'> {
  const [taken] = ends;
  if (checked.segment === undefined && taken !== undefined) return taken;
  return { segment: checked.segment?.name ?? null, ipv4: ipv4 ?? null, ipv6: ipv6 ?? null };
}
