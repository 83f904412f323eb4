import { macFromInteger } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import { usableIpv4, usableIpv6 } from '../nic-wishes.ts';
import { liesInHole } from '../pools/pool-space.ts';
import type { LeaseRow } from '../tables.ts';
import { ipKey, readBarring } from './barring.ts';
import { leaseOf } from './lease-rows.ts';
import type { LeaseOrder } from './leases.ts';
import { keysOf, type Outcome } from './outcome.ts';
import { piecesOf } from './pieces.ts';
import { restsFor } from './take-over.ts';
import type { WriteSession } from './write-session.ts';

/** NICs that held a lease before get what they had, as far as nobody else needs it. */
export async function comeBack(session: WriteSession, order: LeaseOrder, open: readonly Outcome[]): Promise<void> {
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
  const barring = await readBarring(session.store, session.transaction, keys, order.now);
  const given = new Set(open.flatMap(keysOf));
  for (const outcome of back) {
    const { nic, wish, pool, segment } = outcome.checked;
    const row = latest.get(nicId(nic?.guest ?? '', nic?.nic ?? 0));
    if (row === undefined) continue;
    const take = (key: string): boolean => {
      const bar = barring.get(key);
      if (given.has(key)) return false;
      if (bar !== undefined) {
        if (bar.ended === 0 || !restsFor(leaseOf(bar), nic?.guest ?? '', wish.owner ?? order.owner)) return false;
        outcome.wakes.set(key, bar);
      }
      given.add(key);
      return true;
    };
    const mac = row.mac === null ? undefined : Number(row.mac);
    if (
      outcome.mac === undefined &&
      mac !== undefined &&
      !session.memory.avoided.has(mac) &&
      !(pool !== undefined && liesInHole(pool, mac)) &&
      take(macFromInteger(mac))
    )
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
