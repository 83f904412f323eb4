import { AppError } from '../errors/app-error.ts';
import type { NicAssignment } from '../model/assignments.ts';
import type { Ipv4Address, Ipv6Address } from '../model/ip-address.ts';
import type { MacAddress } from '../model/mac-address.ts';
import { nicId, type Segment, type Site } from '../model/site.ts';
import { gateway6Of, gatewayOf } from '../model/subnet.ts';
import { AddressBook, ipKey } from './address-book.ts';
import { deriveIpv6, drawIpv4, drawMacs, mayHaveAgain } from './draw-addresses.ts';
import { holdsAddress } from './leases/lease-states.ts';
import type { Lease } from './leases/leases.ts';
import { allowedIpv6, keptWhole, type NicWish, usableIpv4, wishOf } from './nic-wishes.ts';
import type { ProposalContext } from './propose.ts';

type Nics = ReadonlyMap<string, NicAssignment>;

/**
 * MAC, IPv4 and IPv6 of every NIC; `current` itself when nothing changed. `drawn` gets MAC addresses that have to be
 * given back if nothing comes of it.
 */
export async function proposeNics(site: Site, current: Nics, context: ProposalContext, drawn: number[]): Promise<Nics> {
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
  if (wishes.length > 0) await fulfil(wishes, site, new AddressBook(proposed), context, drawn);
  return new Map([...proposed].map(([id, entry]) => [id, 'index' in entry ? assignmentOf(entry) : entry]));
}

/** Explicit addresses first, then what was had before, then new ones: nobody draws what another one has a right to. */
async function fulfil(
  wishes: readonly NicWish[],
  site: Site,
  book: AddressBook,
  context: ProposalContext,
  drawn: number[],
): Promise<void> {
  const { addresses, now } = context;
  const latest = await addresses.latest(
    wishes.map(({ guest, index, segment }) => ({ guest: guest.name, nic: index, segment: segment.name })),
  );
  const keys = wishes.flatMap((wish) => keysFor(wish, latest.get(wish.id)));
  if (keys.length > 0) book.learn(await addresses.barring(keys, now));
  for (const wish of wishes) claimExplicit(wish, latest.get(wish.id), book);
  for (const wish of wishes) comeBack(wish, latest.get(wish.id), book, site, context.host);
  await drawMacs(wishes, site, book, context, drawn);
  await drawIpv4(wishes, book, context);
  await deriveIpv6(wishes, book, context);
}

/** What the site names, and what the NIC had. */
function keysFor({ nic, segment }: NicWish, latest: Lease | undefined): string[] {
  const ips = [nic.ip, nic.ip6, latest?.ipv4, latest?.ipv6].filter((ip) => ip !== undefined);
  const macs = [nic.mac, latest?.mac].filter((mac) => mac !== undefined).filter((mac) => mac.includes(':'));
  return [...macs, ...ips.map((ip) => ipKey(segment.name, ip))];
}

const isHeldByRequest = (lease: Lease): boolean => lease.source === 'request' && holdsAddress(lease.state);

function claimExplicit(wish: NicWish, latest: Lease | undefined, book: AddressBook): void {
  const { nic, segment } = wish;
  refuseGateway(wish, 'IPv4 address', nic.ip, gatewayOf(segment.subnet));
  if (segment.subnet6 !== undefined) refuseGateway(wish, 'IPv6 address', nic.ip6, gateway6Of(segment.subnet6));
  if (latest !== undefined && isHeldByRequest(latest) && nic.mac !== undefined && nic.mac !== latest.mac) {
    throw new AppError(
      'conflict',
      `NIC "${wish.id}" shall have MAC address "${nic.mac}", and "${latest.mac}" was leased for it already (lease ${latest.id}); expected that address, or its release ("bridgekeeper mac release ${latest.mac}") first`,
      { details: { address: nic.mac, nic: wish.id, lease: latest.id, leased: latest.mac } },
    );
  }
  if (nic.mac !== undefined) book.claim(nic.mac, 'MAC address', nic.mac, wish);
  if (nic.ip !== undefined) book.claim(ipKey(segment.name, nic.ip), 'IPv4 address', nic.ip, wish);
  if (nic.ip6 !== undefined) book.claim(ipKey(segment.name, nic.ip6), 'IPv6 address', nic.ip6, wish);
  wish.mac = nic.mac ?? wish.mac;
  wish.ipv4 = nic.ip ?? wish.ipv4;
  wish.ipv6 = nic.ip6 ?? wish.ipv6;
}

function refuseGateway(wish: NicWish, kind: string, address: string | undefined, gateway: string): void {
  if (address !== gateway) return;
  throw new AppError(
    'conflict',
    `${kind} "${address}" of NIC "${wish.id}" is the gateway of segment "${wish.segment.name}"; expected another address of the segment`,
    { details: { address, nic: wish.id, holder: 'gateway' } },
  );
}

/**
 * Gives the NIC the lease that was made for it by request, or back what it had the last time, as far as that is still
 * free and of use.
 */
function comeBack(
  wish: NicWish,
  latest: Lease | undefined,
  book: AddressBook,
  site: Site,
  host: string | undefined,
): void {
  // A lease that is old may have lost its addresses.
  if (!latest?.mac.includes(':')) return;
  const { segment } = wish;
  const take = (address: string, key: string): string | undefined =>
    book.openTo(key, wish) && book.take(key, wish) ? address : undefined;
  const here = latest.segment === segment.name;
  const mac = latest.mac as MacAddress;
  const open = (here || latest.segment === undefined) && mayHaveAgain(mac, wish, site, host);
  if (open || isHeldByRequest(latest)) {
    wish.mac ??= take(mac, mac) as MacAddress | undefined;
  }
  if (!here) return;
  const ipv4 = latest.ipv4 as Ipv4Address | undefined;
  if (ipv4 !== undefined && usableIpv4(segment.subnet, ipv4)) {
    wish.ipv4 ??= take(ipv4, ipKey(segment.name, ipv4)) as Ipv4Address | undefined;
  }
  const ipv6 = latest.ipv6 as Ipv6Address | undefined;
  const { subnet6 } = segment;
  // What is made of a MAC address is made anew.
  if (ipv6 === undefined || subnet6 === undefined || segment.address6 === 'eui64') return;
  if (allowedIpv6(segment, subnet6, mac, ipv6)) {
    wish.ipv6 ??= take(ipv6, ipKey(segment.name, ipv6)) as Ipv6Address | undefined;
  }
}

function assignmentOf(wish: NicWish): NicAssignment {
  const { guest, index, segment, mac, ipv4, ipv6, also } = wish;
  if (mac === undefined || ipv4 === undefined)
    throw new AppError('internal', `NIC "${wish.id}" was left without an address`);
  return {
    guest: guest.name,
    nic: index,
    segment: segment.name,
    mac,
    ipv4,
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(also === undefined ? {} : { also }),
  };
}
