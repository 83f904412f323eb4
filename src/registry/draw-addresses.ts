import { AppError } from '../errors/app-error.ts';
import { type Ipv6Address, ipv4FromInteger } from '../model/ip-address.ts';
import { type MacAddress, macFromInteger } from '../model/mac-address.ts';
import { macRangeHolds } from '../model/mac-range.ts';
import type { Pool, Site } from '../model/site.ts';
import { type AddressBook, ipKey } from './address-book.ts';
import type { AddressSource, DrawWish } from './leases/address-source.ts';
import type { NicWish } from './nic-wishes.ts';
import { choosePool, poolSpaceOf } from './pools/pool-space.ts';
import type { ProposalContext } from './propose.ts';
import { eui64Ipv6, stableIpv6 } from './stable-ipv6.ts';

/**
 * MAC addresses for the wishes without one: of the pool of the NIC, of its segment, or the first one. `drawn` gets what
 * has to be given back if nothing comes of the proposal. Throws `not-found`, `pool-exhausted`.
 */
export async function drawMacs(
  wishes: readonly NicWish[],
  site: Site,
  book: AddressBook,
  context: ProposalContext,
  drawn: number[],
): Promise<void> {
  const groups = Map.groupBy(
    wishes.filter(({ mac }) => mac === undefined),
    (wish) => poolOf(wish, site, context.host),
  );
  for (const [pool, group] of groups) {
    const space = poolSpaceOf(pool, site.pools);
    for (let open = group; open.length > 0; ) {
      const macs = await context.addresses.drawMacs(space, open.map(drawWishOf), context.now);
      drawn.push(...macs);
      open = open.filter((wish, n) => {
        const mac = macFromInteger(macs[n] as number);
        // Another NIC of this change may have it by name; then the next draw gives another one.
        if (!book.take(mac, wish)) return true;
        wish.mac = mac;
        return false;
      });
    }
  }
}

function drawWishOf({ id, guest, index, segment }: NicWish): DrawWish {
  const identity = { guest: guest.uuid ?? guest.name, nic: index };
  return { title: `NIC "${id}"`, identity, segment: segment.name };
}

/**
 * Whether a NIC may have a MAC address that it had before: it was not reserved, nor carved out for others, since. One
 * that no pool holds is nobody's.
 */
export function mayHaveAgain(mac: MacAddress, wish: NicWish, site: Site, host: string | undefined): boolean {
  const holding = site.pools.filter(({ range }) => macRangeHolds(range, mac));
  if (holding.some(({ reserved }) => reserved.some((range) => macRangeHolds(range, mac)))) return false;
  const parents = new Set(holding.map(({ parent }) => parent));
  const parts = holding.filter(({ name, parent }) => parent !== undefined && !parents.has(name));
  return parts.length === 0 || parts.some(({ name }) => name === chosenPool(wish, site, host)?.name);
}

function chosenPool(wish: NicWish, site: Site, host: string | undefined): Pool | undefined {
  const pool = wish.nic.pool ?? wish.segment.pool;
  return choosePool(site.pools, { pool, owner: wish.guest.owner, segment: wish.segment.name, host });
}

function poolOf(wish: NicWish, site: Site, host: string | undefined): Pool {
  const pool = chosenPool(wish, site, host);
  if (pool !== undefined) return pool;
  const name = wish.nic.pool ?? wish.segment.pool;
  throw new AppError(
    'not-found',
    name === undefined
      ? `NIC "${wish.id}" has no MAC address and the site has no pool to lease one from; expected one of them`
      : `NIC "${wish.id}" leases from pool "${name}", which the site does not have`,
  );
}

/** IPv4 addresses for the wishes without one: the first free ones after the gateway. Throws `pool-exhausted`. */
export async function drawIpv4(
  wishes: readonly NicWish[],
  book: AddressBook,
  { addresses, now }: ProposalContext,
): Promise<void> {
  const groups = Map.groupBy(
    wishes.filter(({ ipv4 }) => ipv4 === undefined),
    ({ segment }) => segment,
  );
  for (const [segment, group] of groups) {
    const open = [...group];
    // The store does not know of addresses that NICs of this change have by name, so as many more are asked for.
    for (let count = open.length; open.length > 0; ) {
      const values = await addresses.drawIpv4(segment, count, `NIC "${open.at(-1)?.id}"`, now);
      for (const value of values) takeIpv4(value, open, book);
      count += open.length;
    }
  }
}

function takeIpv4(value: number, open: NicWish[], book: AddressBook): void {
  const [wish] = open;
  const address = ipv4FromInteger(value);
  if (wish === undefined || !book.take(ipKey(wish.segment.name, address), wish)) return;
  wish.ipv4 = address;
  open.shift();
}

/** IPv6 addresses for the wishes without one, by the kind of their segment. Throws `pool-exhausted`, `conflict`. */
export async function deriveIpv6(
  wishes: readonly NicWish[],
  book: AddressBook,
  context: ProposalContext,
): Promise<void> {
  const open = wishes.filter(({ ipv6, segment }) => ipv6 === undefined && segment.subnet6 !== undefined);
  const fromMac = open.filter(({ segment }) => segment.address6 === 'eui64');
  const derived = fromMac.map((wish) => eui64Of(wish));
  book.learn(
    await ask(
      context,
      fromMac.map((wish, n) => ipKey(wish.segment.name, derived[n] as string)),
    ),
  );
  for (const [n, wish] of fromMac.entries()) {
    const address = derived[n] as Ipv6Address;
    book.claim(ipKey(wish.segment.name, address), 'IPv6 address', address, wish);
    wish.ipv6 = address;
  }
  await deriveOpaque(
    open.filter(({ segment }) => segment.address6 === 'opaque'),
    book,
    context,
  );
}

function eui64Of({ id, segment, mac }: NicWish): Ipv6Address {
  const { subnet6 } = segment;
  const address = subnet6 && mac ? eui64Ipv6(subnet6, mac) : undefined;
  if (address !== undefined) return address;
  throw new AppError(
    'value-invalid',
    `segment "${segment.name}" derives IPv6 addresses from MAC addresses, and its subnet ${subnet6?.text} has no room for that of NIC "${id}"; expected a prefix length of at most 64 (RFC 4291)`,
  );
}

/** Stable opaque addresses; where one is taken the next candidate of the NIC is tried (RFC 7217). */
async function deriveOpaque(wishes: readonly NicWish[], book: AddressBook, context: ProposalContext): Promise<void> {
  const refused = new Map<NicWish, Set<string>>();
  for (let open = wishes; open.length > 0; ) {
    const candidates = open.map((wish) => candidateOf(wish, refused.get(wish), context.siteKey));
    book.learn(
      await ask(
        context,
        open.map((wish, n) => ipKey(wish.segment.name, candidates[n] as string)),
      ),
    );
    open = open.filter((wish, n) => {
      const address = candidates[n] as Ipv6Address;
      const key = ipKey(wish.segment.name, address);
      if (book.openTo(key, wish) && book.take(key, wish)) {
        wish.ipv6 = address;
        return false;
      }
      refused.set(wish, new Set(refused.get(wish)).add(address));
      return true;
    });
  }
}

function candidateOf(wish: NicWish, refused: Set<string> | undefined, siteKey: string | Buffer): Ipv6Address {
  const { segment, guest, index, id } = wish;
  const address =
    segment.subnet6 && stableIpv6(segment.subnet6, guest.name, index, siteKey, (one) => !refused?.has(one));
  if (address !== undefined) return address;
  throw new AppError(
    'pool-exhausted',
    `segment "${segment.name}" (${segment.subnet6?.text}) has no free IPv6 address for NIC "${id}"`,
    { details: { nic: id, segment: segment.name, free: 0 } },
  );
}

/** Nothing to ask is not asked. */
async function ask(context: ProposalContext, keys: readonly string[]): ReturnType<AddressSource['barring']> {
  return keys.length === 0 ? new Map() : context.addresses.barring(keys, context.now);
}
