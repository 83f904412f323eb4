import { AppError } from '../../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, parseIpv4, parseIpv6 } from '../../model/ip-address.ts';
import { isMulticast, type MacAddress, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import { usableIpv4, usableIpv6 } from '../nic-wishes.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { LeaseOrder, LeaseWish, SegmentSpace } from './leases.ts';

/** A wish whose values were looked at: what it names can be leased, if it is free. */
export interface CheckedWish {
  readonly index: number;
  /** For messages: `NIC "web1/0"`, `lease 17 of 10000`. */
  readonly title: string;
  readonly wish: LeaseWish;
  readonly nic?: { readonly guest: string; readonly nic: number };
  readonly mac?: number;
  readonly ipv4?: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  readonly segment?: SegmentSpace;
  readonly pool?: PoolSpace;
}

/** Wishes of one order at most. */
const wishLimit = 1_000_000;

const invalid = (sentence: string): AppError => new AppError('value-invalid', sentence);

/** Reads the wishes of an order. Pure. Throws `value-invalid`, `not-found`, and `conflict` for what is named twice. */
export function checkOrder(order: LeaseOrder): CheckedWish[] | number {
  checkRequestKey(order.requestKey);
  const { wishes, pool } = order;
  const count = typeof wishes === 'number' ? wishes : wishes.length;
  if (!Number.isInteger(count) || count < 1 || count > wishLimit) {
    throw invalid(`an order for ${count} leases cannot be fulfilled; expected a whole number from 1 to ${wishLimit}`);
  }
  if (typeof wishes === 'number') {
    if (pool === undefined) throw invalid(`an order for ${count} leases names no pool; expected one to draw from`);
    return wishes;
  }
  const segments = new Map((order.segments ?? []).map((segment) => [segment.name, segment]));
  const checked = wishes.map((wish, index) => checkWish(wish, index, order, segments));
  refuseRepeats(checked);
  return checked;
}

export function checkRequestKey(key: string | undefined): void {
  if (key === undefined || (key.length >= 1 && key.length <= 200)) return;
  throw invalid(`request key ${quoteValue(key)} has ${key.length} characters; expected 1 to 200`);
}

function checkWish(
  wish: LeaseWish,
  index: number,
  order: LeaseOrder,
  segments: ReadonlyMap<string, SegmentSpace>,
): CheckedWish {
  const nic = nicOf(wish, index);
  const title =
    nic === undefined
      ? `lease ${index + 1} of ${(order.wishes as readonly LeaseWish[]).length}`
      : `NIC "${nicId(nic.guest, nic.nic)}"`;
  const segment = wish.segment === undefined ? undefined : segments.get(wish.segment);
  if (wish.segment !== undefined && segment === undefined) {
    throw new AppError('not-found', `${title} wishes for segment "${wish.segment}", which there is not`);
  }
  const pool = wish.pool ?? order.pool;
  if (wish.mac === undefined && pool === undefined) {
    throw invalid(`${title} names no MAC address and there is no pool to draw one from; expected one of them`);
  }
  return {
    index,
    title,
    wish,
    ...(nic === undefined ? {} : { nic }),
    ...(wish.mac === undefined ? {} : { mac: unicastOf(wish.mac, title) }),
    ...addressesOf(wish, segment, title),
    ...(segment === undefined ? {} : { segment }),
    ...(pool === undefined ? {} : { pool }),
  };
}

function nicOf({ guest, nic }: LeaseWish, index: number): CheckedWish['nic'] {
  if (guest === undefined && nic === undefined) return undefined;
  if (guest === undefined || nic === undefined || guest === '' || !Number.isInteger(nic) || nic < 0) {
    throw invalid(
      `wish ${index + 1} is for NIC ${nic ?? 'without an index'} of guest ${quoteValue(guest ?? 'without a name')}; expected a guest and an index from 0 on, or neither`,
    );
  }
  return { guest, nic };
}

/** The address as an integer. */
function unicastOf(text: string, title: string): number {
  const mac: MacAddress = parseMacAddress(text);
  const value = macToInteger(mac);
  if (isMulticast(mac)) {
    const what = value === 2 ** 48 - 1 ? 'the broadcast address' : 'a multicast address (bit 0 of the first octet)';
    throw invalid(`MAC address "${text}" of ${title} is ${what}; expected a unicast address`);
  }
  if (value === 0)
    throw invalid(`MAC address "${text}" of ${title} is all zeros; expected an address that a NIC can have`);
  return value;
}

function addressesOf(
  wish: LeaseWish,
  segment: SegmentSpace | undefined,
  title: string,
): Pick<CheckedWish, 'ipv4' | 'ipv6'> {
  const { ipv4, ipv6 } = wish;
  if (ipv4 === undefined && ipv6 === undefined) return {};
  if (segment === undefined) {
    throw invalid(
      `${title} wishes for IP address "${ipv4 ?? ipv6}" and names no segment; expected the segment that it is in`,
    );
  }
  const given: { ipv4?: Ipv4Address; ipv6?: Ipv6Address } = {};
  if (ipv4 !== undefined) {
    given.ipv4 = parseIpv4(ipv4);
    if (!usableIpv4(segment.subnet, given.ipv4)) throw outside('IPv4', ipv4, segment.subnet.text, segment, title);
  }
  if (ipv6 !== undefined) {
    given.ipv6 = parseIpv6(ipv6);
    if (segment.subnet6 === undefined) {
      throw invalid(
        `${title} wishes for IPv6 address "${ipv6}" on segment "${segment.name}", which has no IPv6 subnet`,
      );
    }
    if (!usableIpv6(segment.subnet6, given.ipv6)) throw outside('IPv6', ipv6, segment.subnet6.text, segment, title);
  }
  return given;
}

function outside(family: string, address: string, subnet: string, segment: SegmentSpace, title: string): AppError {
  return invalid(
    `${family} address "${address}" of ${title} cannot be leased on segment "${segment.name}"; expected one of ${subnet} that is not its network, gateway or broadcast address`,
  );
}

function refuseRepeats(wishes: readonly CheckedWish[]): void {
  const seen = new Map<string, CheckedWish>();
  const note = (what: string, key: string, wish: CheckedWish): void => {
    const other = seen.get(key);
    seen.set(key, wish);
    if (other === undefined) return;
    throw new AppError(
      'conflict',
      `${what} stands in one request twice, as items ${other.index + 1} and ${wish.index + 1}; expected it once`,
      { details: { first: other.index, second: wish.index } },
    );
  };
  for (const wish of wishes) {
    if (wish.nic !== undefined) note(wish.title, `nic ${nicId(wish.nic.guest, wish.nic.nic)}`, wish);
    if (wish.mac !== undefined) note(`MAC address "${wish.wish.mac}"`, `mac ${wish.mac}`, wish);
    for (const ip of [wish.ipv4, wish.ipv6]) {
      if (ip !== undefined)
        note(`IP address "${ip}" of segment "${wish.segment?.name}"`, `${wish.segment?.name} ${ip}`, wish);
    }
  }
}
