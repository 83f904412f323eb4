import { AppError } from '../errors/app-error.ts';
import type { NicAssignment } from '../model/assignments.ts';
import { nicId, type Segment, type Site } from '../model/site.ts';
import { gateway6Of, gatewayOf } from '../model/subnet.ts';
import { AddressBook, ipKey } from './address-book.ts';
import { AddressSource } from './draw-addresses.ts';
import { keptWhole, type NicWish, usableIpv4, usableIpv6, wishOf } from './nic-wishes.ts';
import type { ProposalContext } from './propose.ts';
import { quarantineOf } from './quarantine.ts';
import type { RememberedLease } from './registry.ts';

type Nics = ReadonlyMap<string, NicAssignment>;

/** MAC, IPv4 and IPv6 of every NIC; `current` itself when nothing changed. */
export function proposeNics(site: Site, current: Nics, context: ProposalContext): Nics {
  const segments = new Map(site.segments.map((segment): [string, Segment] => [segment.name, segment]));
  const proposed = new Map<string, NicAssignment | NicWish>();
  const wishes: NicWish[] = [];
  for (const guest of site.guests) {
    for (const [index, nic] of guest.nics.entries()) {
      const segment = segments.get(nic.segment);
      if (segment === undefined) {
        throw new AppError(
          'not-found',
          `NIC "${nicId(guest.name, index)}" is on segment "${nic.segment}", which the site does not have`,
        );
      }
      const id = nicId(guest.name, index);
      const had = current.get(id);
      const kept = keptWhole(nic, segment, had);
      if (kept === undefined) wishes.push(wishOf(id, guest, index, nic, segment, had));
      proposed.set(id, kept ?? (wishes.at(-1) as NicWish));
    }
  }
  if (wishes.length === 0 && proposed.size === current.size) return current;
  if (wishes.length > 0) fulfil(wishes, site, current, proposed, context);
  return new Map([...proposed].map(([id, entry]) => [id, 'index' in entry ? assignmentOf(entry) : entry]));
}

/** Explicit addresses first, then what was had before, then new ones: nobody draws what another one has a right to. */
function fulfil(
  wishes: readonly NicWish[],
  site: Site,
  current: Nics,
  proposed: ReadonlyMap<string, NicAssignment | NicWish>,
  context: ProposalContext,
): void {
  const book = openBook(site, current, proposed, context);
  for (const wish of wishes) claimExplicit(wish, book);
  const memories = memoriesOf(wishes, context.remembered);
  for (const wish of wishes) comeBack(wish, memories.get(`${wish.id} ${wish.segment.name}`), book);
  const source = new AddressSource(site, book, context);
  for (const wish of wishes) {
    wish.mac ??= source.mac(wish);
    wish.ipv4 ??= source.ipv4(wish);
    if (wish.segment.subnet6 !== undefined) wish.ipv6 ??= source.ipv6(wish, wish.segment.subnet6);
  }
}

function openBook(
  site: Site,
  current: Nics,
  proposed: ReadonlyMap<string, NicAssignment | NicWish>,
  context: ProposalContext,
): AddressBook {
  const book = new AddressBook(context.now);
  for (const { name, subnet, subnet6 } of site.segments) {
    book.hold(ipKey(name, gatewayOf(subnet)), 'gateway');
    if (subnet6 !== undefined) book.hold(ipKey(name, gateway6Of(subnet6)), 'gateway');
  }
  for (const [id, entry] of proposed) {
    const segment = typeof entry.segment === 'string' ? entry.segment : entry.segment.name;
    if (entry.mac !== undefined) book.hold(entry.mac, id);
    if (entry.ipv4 !== undefined) book.hold(ipKey(segment, entry.ipv4), id);
    if (entry.ipv6 !== undefined) book.hold(ipKey(segment, entry.ipv6), id);
  }
  const remember = (lease: Omit<RememberedLease, 'freeAt'>, freeAt: number, now: boolean): void => {
    const memory = { guest: lease.guest, nic: lease.nic, freeAt, now };
    for (const key of keysOf(lease)) book.remember(key, memory);
  };
  for (const lease of context.remembered) remember(lease, lease.freeAt, false);
  for (const [id, had] of current) {
    if (proposed.get(id) !== had) remember(had, context.now + quarantineOf(had.mac, site.pools) * 1000, true);
  }
  return book;
}

const keysOf = (lease: Omit<RememberedLease, 'freeAt'>): string[] => [
  lease.mac,
  ipKey(lease.segment, lease.ipv4),
  ...(lease.ipv6 === undefined ? [] : [ipKey(lease.segment, lease.ipv6)]),
];

function claimExplicit(wish: NicWish, book: AddressBook): void {
  const { nic, guest, id } = wish;
  const segment = wish.segment.name;
  if (nic.mac !== undefined) book.claim(nic.mac, 'MAC address', nic.mac, segment, guest.name, id);
  if (nic.ip !== undefined) book.claim(ipKey(segment, nic.ip), 'IPv4 address', nic.ip, segment, guest.name, id);
  if (nic.ip6 !== undefined) book.claim(ipKey(segment, nic.ip6), 'IPv6 address', nic.ip6, segment, guest.name, id);
  wish.mac = nic.mac ?? wish.mac;
  wish.ipv4 = nic.ip ?? wish.ipv4;
  wish.ipv6 = nic.ip6 ?? wish.ipv6;
}

/** The latest memory of each NIC that wishes for something. */
function memoriesOf(wishes: readonly NicWish[], remembered: readonly RememberedLease[]): Map<string, RememberedLease> {
  const wanted = new Set(wishes.map((wish) => `${wish.id} ${wish.segment.name}`));
  const memories = new Map<string, RememberedLease>();
  for (const lease of remembered) {
    const key = `${nicId(lease.guest, lease.nic)} ${lease.segment}`;
    if (wanted.has(key) && !((memories.get(key)?.freeAt ?? 0) > lease.freeAt)) memories.set(key, lease);
  }
  return memories;
}

/** Gives back what the NIC had the last time, as far as it is still free and of use. */
function comeBack(wish: NicWish, memory: RememberedLease | undefined, book: AddressBook): void {
  if (memory === undefined) return;
  const { segment, guest, id } = wish;
  const take = <T extends string>(address: string, key: string): T | undefined => {
    if (!book.openTo(key, guest.name)) return undefined;
    book.hold(key, id);
    return address as T;
  };
  wish.mac ??= take(memory.mac, memory.mac);
  const ipv4 = memory.ipv4 as NonNullable<NicWish['ipv4']>;
  if (usableIpv4(segment.subnet, ipv4)) wish.ipv4 ??= take(ipv4, ipKey(segment.name, ipv4));
  const ipv6 = memory.ipv6 as NicWish['ipv6'];
  if (ipv6 !== undefined && segment.subnet6 !== undefined && usableIpv6(segment.subnet6, ipv6)) {
    wish.ipv6 ??= take(ipv6, ipKey(segment.name, ipv6));
  }
}

function assignmentOf(wish: NicWish): NicAssignment {
  const { guest, index, segment, mac, ipv4, ipv6 } = wish;
  if (mac === undefined || ipv4 === undefined)
    throw new AppError('internal', `NIC "${wish.id}" was left without an address`);
  const assignment = { guest: guest.name, nic: index, segment: segment.name, mac, ipv4 };
  return ipv6 === undefined ? assignment : { ...assignment, ipv6 };
}
