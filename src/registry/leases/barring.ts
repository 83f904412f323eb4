import { type MacAddress, macFromInteger, macToInteger } from '../../model/mac-address.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import type { LeaseRow } from '../tables.ts';
import { isHeld, restsByRow } from './lease-conditions.ts';
import type { LeaseStore, Queries } from './lease-store.ts';
import { piecesOf } from './pieces.ts';

/** Key of an address: MACs are unique in the whole site, IP addresses in their segment. */
export const ipKey = (segment: string, address: string): string => `${segment} ${address}`;

/**
 * Rows that keep addresses from others at `now`, by key: a MAC address as text, or `segment ip`. One that holds the
 * address comes before one in which it rests; of several of those the one that rests longest counts.
 */
export async function readBarring(
  store: LeaseStore,
  queries: Queries,
  keys: readonly string[],
  now: number,
): Promise<Map<string, LeaseRow>> {
  const turn = new EventLoopTurn();
  const found = new Map<string, LeaseRow>();
  const macs: number[] = [];
  const addresses = new Map<string, string[]>();
  for (const key of keys) {
    const space = key.lastIndexOf(' ');
    if (space < 0) macs.push(macToInteger(key as MacAddress));
    else {
      const segment = key.slice(0, space);
      const ips = addresses.get(segment) ?? [];
      ips.push(key.slice(space + 1));
      addresses.set(segment, ips);
    }
  }
  for await (const piece of piecesOf(turn, macs)) {
    const rows = await barringRows(store, queries, 'mac', piece, now).execute();
    for (const row of rows) note(found, macFromInteger(Number(row.mac)), row);
  }
  for (const [segment, ips] of addresses) {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const wanted = ips.filter((ip) => ip.includes(':') === (family === 'ipv6'));
      for await (const piece of piecesOf(turn, wanted)) {
        const rows = await barringRows(store, queries, family, piece, now).where('segment', '=', segment).execute();
        for (const row of rows) note(found, ipKey(segment, row[family] as string), row);
      }
    }
  }
  return found;
}

function barringRows(
  store: LeaseStore,
  queries: Queries,
  column: 'mac' | 'ipv4' | 'ipv6',
  values: readonly (number | string)[],
  now: number,
) {
  return queries
    .selectFrom('leases')
    .selectAll()
    .where(column, 'in', store.listOf(values) as never)
    .where(({ or, and, eb }) => or([isHeld, and([restsByRow, eb('free_at', '>', now)])]));
}

function note(found: Map<string, LeaseRow>, key: string, row: LeaseRow): void {
  const other = found.get(key);
  // Two that rest equally long: the later one was the last to have it.
  const later = other === undefined ? 1 : Math.sign(rank(row) - rank(other)) || Number(row.id) - Number(other.id);
  if (later > 0) found.set(key, row);
}

const rank = (row: LeaseRow): number => (row.ended === 0 ? Number.POSITIVE_INFINITY : Number(row.free_at));
