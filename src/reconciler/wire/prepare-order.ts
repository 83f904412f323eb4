import { AppError } from '../../errors/app-error.ts';
import { type Ipv6Address, ipv4FromInteger } from '../../model/ip-address.ts';
import { type MacAddress, macFromInteger, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import { nicId } from '../../model/site.ts';
import type { LeaseOrder, Leases, LeaseWish, SegmentSpace } from '../../registry/leases/leases.ts';
import type { SeenEntry } from '../../registry/seen/seen.ts';
import { eui64Ipv6, stableIpv6 } from '../../registry/stable-ipv6.ts';
import type { WireAddresses } from './wire-addresses.ts';

/** What preparing an order needs. */
export interface OrderLookout {
  readonly leases: Pick<Leases, 'latest' | 'ofRequest'>;
  readonly addresses: WireAddresses;
  /** Where an address that nobody leases was seen, ports first. */
  readonly strangers: (mac: number) => readonly SeenEntry[];
  /** Takes in what the host shows. */
  readonly look: () => Promise<void>;
  readonly siteKey: () => Promise<string>;
}

/** Addresses of one NIC that somebody answers for, one after the other, before it is given up. */
const candidates = 64;

/**
 * The order as it can be given to the store: nothing that it names was seen on the wire with somebody else, and where
 * one asks before an address is handed out, what nobody answered for is named in it. `adopt`: what it names may be on
 * the wire, it is the same machine. Rejects with `conflict` that says where an address was seen.
 */
export async function prepareOrder(
  order: LeaseOrder,
  lookout: OrderLookout,
  options: { readonly adopt?: boolean; readonly probe?: boolean },
): Promise<LeaseOrder> {
  const { wishes, requestKey } = order;
  if (options.probe && (typeof wishes === 'number' || wishes.some(({ segment }) => segment === undefined))) {
    throw new AppError(
      'value-invalid',
      'There is no segment to ask in whether somebody uses the address; expected a segment beside "probe"',
    );
  }
  // The store refuses what was seen on the wire, but not to who takes over what exists.
  const named = options.adopt ? { ...order, kind: 'import' } : order;
  // An order that comes again gets the same answer, whatever the wire shows by now.
  if (requestKey !== undefined && (await lookout.leases.ofRequest(requestKey)).length > 0) return named;
  await lookout.look();
  if (typeof wishes === 'number') return named;
  if (!options.adopt) for (const wish of wishes) refuseStranger(wish, lookout);
  const asked = await wishesToFill(wishes, order, lookout);
  if (asked.length === 0) return named;
  return { ...named, wishes: await fill(wishes, asked, order, lookout), asked: wishes };
}

function titleOf({ guest, nic }: LeaseWish): string {
  return guest === undefined ? 'a lease' : `NIC "${nicId(guest, nic ?? 0)}"`;
}

function refuseStranger(wish: LeaseWish, { strangers }: OrderLookout): void {
  if (wish.mac === undefined) return;
  const mac = parseMacAddress(wish.mac);
  const entries = strangers(macToInteger(mac));
  const [last] = entries;
  if (last === undefined) return;
  throw new AppError(
    'conflict',
    `MAC address "${mac}" for ${titleOf(wish)} was seen at port "${last.device}" of host "${last.host}" at ${new Date(last.lastAt).toISOString()}, and nobody leases it, so somebody uses it unasked; expected an address that nobody uses, or --adopt if that is the very machine which shall have it`,
    { details: { mac, seen: entries.slice(0, 10).map(({ host, device, lastAt }) => ({ host, device, lastAt })) } },
  );
}

/** Indexes of wishes that draw something in a segment where one looks; a NIC that had addresses gets those again. */
async function wishesToFill(
  wishes: readonly LeaseWish[],
  order: LeaseOrder,
  { leases, addresses }: OrderLookout,
): Promise<number[]> {
  const open = wishes.flatMap((wish, n) => (wish.segment !== undefined && addresses.looksAt(wish.segment) ? [n] : []));
  const nics = open.flatMap((n) => {
    const { guest, nic = 0 } = wishes[n] as LeaseWish;
    return guest === undefined ? [] : [{ guest, nic }];
  });
  const latest = nics.length === 0 ? new Map() : await leases.latest(nics);
  return open.filter((n) => {
    const { guest, nic = 0, pool = order.pool, mac } = wishes[n] as LeaseWish;
    // Without a pool the store says what is missing.
    return (mac !== undefined || pool !== undefined) && (guest === undefined || !latest.has(nicId(guest, nic)));
  });
}

async function fill(
  wishes: readonly LeaseWish[],
  open: readonly number[],
  order: LeaseOrder,
  lookout: OrderLookout,
): Promise<LeaseWish[]> {
  const filled = [...wishes];
  const set = (n: number, more: Partial<LeaseWish>): void => {
    filled[n] = { ...(filled[n] as LeaseWish), ...more };
  };
  const at = (n: number): LeaseWish => filled[n] as LeaseWish;
  const drawn: number[] = [];
  try {
    const withoutMac = open.filter((n) => at(n).mac === undefined);
    for (const [pool, group] of Map.groupBy(withoutMac, (n) => at(n).pool ?? order.pool)) {
      if (pool === undefined) continue;
      const draws = group.map((n) => {
        const { guest, nic = 0, uuid, segment } = at(n);
        const identity = guest === undefined ? {} : { identity: { guest: uuid ?? guest, nic } };
        return { title: titleOf(at(n)), ...identity, ...(segment === undefined ? {} : { segment }) };
      });
      const macs = await lookout.addresses.drawMacs(pool, draws, order.now);
      drawn.push(...macs);
      for (const [index, n] of group.entries()) set(n, { mac: macFromInteger(macs[index] as number) });
    }
    const spaces = new Map((order.segments ?? []).map((segment) => [segment.name, segment]));
    for (const [name, group] of Map.groupBy(open, (n) => at(n).segment as string)) {
      const space = spaces.get(name);
      if (space === undefined) continue;
      await fillIpv4(
        space,
        group.filter((n) => at(n).ipv4 === undefined),
        filled,
        order,
        lookout,
        set,
      );
      if (space.subnet6 === undefined) continue;
      for (const n of group) {
        if (at(n).ipv6 === undefined) set(n, { ipv6: await deriveIpv6(space, at(n), order.now, lookout) });
      }
    }
    return filled;
  } catch (error) {
    lookout.addresses.giveBack(drawn);
    throw error;
  }
}

async function fillIpv4(
  space: SegmentSpace,
  group: readonly number[],
  filled: readonly LeaseWish[],
  order: LeaseOrder,
  { addresses }: OrderLookout,
  set: (n: number, more: Partial<LeaseWish>) => void,
): Promise<void> {
  const named = new Set(filled.flatMap(({ segment, ipv4 }) => (segment === space.name ? (ipv4 ?? []) : [])));
  const [first] = group;
  if (first === undefined) return;
  const title = titleOf(filled[first] as LeaseWish);
  // The source does not know what the order itself names.
  const values = await addresses
    .drawIpv4(space, group.length + named.size, title, order.now)
    .catch((error: unknown) => {
      if (named.size === 0) throw error;
      return addresses.drawIpv4(space, group.length, title, order.now);
    });
  const free = values.map(ipv4FromInteger).filter((ipv4) => !named.has(ipv4));
  for (const [index, n] of group.entries()) {
    const ipv4 = free[index];
    if (ipv4 !== undefined) set(n, { ipv4 });
  }
}

/** The address that the store would derive, or the next one of the NIC when somebody uses that. */
async function deriveIpv6(
  space: SegmentSpace,
  wish: LeaseWish,
  now: number,
  { addresses, siteKey }: OrderLookout,
): Promise<Ipv6Address> {
  const { name, subnet6, address6 } = space;
  const mac = wish.mac as MacAddress;
  const key = await siteKey();
  const taken = new Set<string>();
  for (let n = 0; n < candidates && subnet6 !== undefined; n++) {
    const address =
      address6 === 'eui64'
        ? eui64Ipv6(subnet6, mac)
        : stableIpv6(subnet6, wish.guest ?? mac, wish.nic ?? 0, key, (candidate) => !taken.has(candidate));
    if (address === undefined || taken.has(address)) break;
    if (!(await addresses.barring([`${name} ${address}`], now)).has(`${name} ${address}`)) return address;
    taken.add(address);
  }
  throw new AppError(
    'pool-exhausted',
    `segment "${name}" (${subnet6?.text}) has no IPv6 address for ${titleOf(wish)} that nobody uses; tried ${[...taken].slice(0, 3).join(', ')}`,
    { details: { segment: name, free: 0 } },
  );
}
