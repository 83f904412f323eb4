import { AppError } from '../../errors/app-error.ts';
import type { Ipv4Address, Ipv6Address } from '../../model/ip-address.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import { eui64Ipv6, stableIpv6 } from '../stable-ipv6.ts';
import { ipKey, readBarring } from './barring.ts';
import { endQuarantines } from './end-quarantines.ts';
import { byNoIndex, isResting } from './lease-conditions.ts';
import { leaseOf } from './lease-rows.ts';
import type { SegmentSpace } from './leases.ts';
import { loadSegment } from './load-maps.ts';
import { poolExhausted } from './pool-exhausted.ts';
import type { SegmentMap } from './segment-map.ts';
import { restsFor } from './take-over.ts';
import type { WriteSession } from './write-session.ts';

/** The lowest free IPv4 addresses of a segment; taken in memory until the session fails. Throws `pool-exhausted`. */
export async function drawIpv4(
  session: WriteSession,
  segment: SegmentSpace,
  titles: readonly string[],
  now: number,
): Promise<Ipv4Address[]> {
  let map = await openSegment(session, segment);
  for (;;) {
    const drawn = await tryDraw(session, map, segment, titles.length, now);
    if (drawn.length === titles.length) return drawn;
    for (const address of drawn) map.give(address);
    if ((await endQuarantines(session, now)) > 0) continue;
    if (!map.stale) throw await exhausted(session, segment, map, titles, drawn.length, now);
    session.memory.dropSegment(segment.name);
    map = await openSegment(session, segment);
  }
}

/** The map of a segment, read from the store when it is not known. */
export async function openSegment(session: WriteSession, segment: SegmentSpace): Promise<SegmentMap> {
  const known = session.memory.segment(segment);
  if (known !== undefined) return known;
  const map = await loadSegment(session.store, session.transaction, segment);
  session.memory.keepSegment(segment.name, map);
  session.undoBy(() => session.memory.dropSegment(segment.name));
  return map;
}

async function tryDraw(
  session: WriteSession,
  map: SegmentMap,
  { name }: SegmentSpace,
  count: number,
  now: number,
): Promise<Ipv4Address[]> {
  const drawn: Ipv4Address[] = [];
  session.undoBy(() => {
    for (const address of drawn) map.give(address);
  });
  while (drawn.length < count) {
    const candidates: Ipv4Address[] = [];
    for (let address = map.lowest(); address !== undefined; address = map.lowest()) {
      candidates.push(address);
      if (drawn.length + candidates.length === count) break;
    }
    if (candidates.length === 0) break;
    if (map.stale) {
      // What others took meanwhile stays taken in the map.
      const keys = candidates.map((address) => ipKey(name, address));
      const barring = await readBarring(session.store, session.transaction, keys, now);
      drawn.push(...candidates.filter((address) => !barring.has(ipKey(name, address))));
    } else drawn.push(...candidates);
    await session.turn.pause();
  }
  return drawn;
}

async function exhausted(
  session: WriteSession,
  segment: SegmentSpace,
  map: SegmentMap,
  titles: readonly string[],
  drawn: number,
  now: number,
): Promise<AppError> {
  const resting = await session.transaction
    .selectFrom('leases')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min<number | null>('free_at').as('next')])
    .where(byNoIndex('segment'), '=', segment.name)
    .where('ipv4', 'is not', null)
    .where(isResting)
    .where('free_at', '>', now)
    .executeTakeFirst();
  const quarantined = Number(resting?.count ?? 0);
  const next = resting?.next ?? undefined;
  return poolExhausted({
    title: `segment "${segment.name}" (${segment.subnet.text})`,
    kind: 'IPv4 address',
    wish: titles[drawn] ?? 'a lease',
    wanted: titles.length,
    size: map.size,
    held: Math.max(0, map.size - map.free - quarantined),
    quarantined,
    free: map.free,
    nextFreeAt: next === undefined ? undefined : Number(next),
  });
}

/** Somebody who needs an IPv6 address: `guest` and `nic` make the stable one, `mac` the one that is derived from it. */
export interface Ipv6Wish {
  readonly title: string;
  readonly segment: SegmentSpace;
  readonly guest: string;
  readonly owner?: string | undefined;
  readonly nic: number;
  readonly mac: number;
}

/** Rounds in which addresses that are taken are put aside: every round tries the next one of each wish. */
const roundLimit = 64;
/** Addresses that are derived between two looks at the clock. */
const wishesPerTurn = 100;

/**
 * An IPv6 address for each wish, as its segment derives them. `named` (keys `segment ip`) are given to others in the
 * same order. Throws `pool-exhausted`.
 */
export async function deriveIpv6(
  session: WriteSession,
  wishes: readonly Ipv6Wish[],
  named: ReadonlySet<string>,
  now: number,
): Promise<Ipv6Address[]> {
  const given = new Map<string, Ipv6Wish>();
  const taken = new Set<string>(named);
  const addresses = new Map<Ipv6Wish, Ipv6Address>();
  for (let round = 0; round < roundLimit && addresses.size < wishes.length; round++) {
    const open = wishes.filter((wish) => !addresses.has(wish));
    const keys: string[] = [];
    for (const wish of open) {
      const address = candidateOf(wish, session.siteKey, (key) => !taken.has(key) && !given.has(key));
      given.set(ipKey(wish.segment.name, address), wish);
      addresses.set(wish, address);
      keys.push(ipKey(wish.segment.name, address));
      if (keys.length % wishesPerTurn === 0) await session.turn.pause();
    }
    for (const [key, row] of await readBarring(session.store, session.transaction, keys, now)) {
      const wish = given.get(key) as Ipv6Wish;
      if (row.ended !== 0 && restsFor(leaseOf(row), wish.guest, wish.owner)) continue;
      taken.add(key);
      addresses.delete(wish);
      given.delete(key);
    }
  }
  return wishes.map((wish) => addresses.get(wish) ?? noIpv6(wish));
}

function candidateOf(wish: Ipv6Wish, siteKey: string, isFree: (key: string) => boolean): Ipv6Address {
  const { segment, guest, nic, mac } = wish;
  const { subnet6, name } = segment;
  if (subnet6 === undefined) throw new AppError('internal', `segment "${name}" has no IPv6 subnet`);
  const address =
    segment.address6 === 'eui64'
      ? eui64Ipv6(subnet6, macFromInteger(mac))
      : stableIpv6(subnet6, guest, nic, siteKey, (candidate) => isFree(ipKey(name, candidate)));
  if (address === undefined || !isFree(ipKey(name, address))) return noIpv6(wish);
  return address;
}

function noIpv6({ title, segment }: Ipv6Wish): never {
  throw new AppError(
    'pool-exhausted',
    `segment "${segment.name}" (${segment.subnet6?.text}) has no free IPv6 address for ${title}`,
    { details: { wish: title, segment: segment.name, free: 0 } },
  );
}
