import type { NicAssignment } from '../model/assignments.ts';
import { type Ipv4Address, type Ipv6Address, ipv4ToInteger } from '../model/ip-address.ts';
import type { MacAddress } from '../model/mac-address.ts';
import type { Guest, Nic, Segment } from '../model/site.ts';
import { gateway6Of, type Ipv4Subnet, type Ipv6Subnet, subnetHolds } from '../model/subnet.ts';
import { eui64Ipv6, isEui64 } from './stable-ipv6.ts';

/** A NIC of the site and what it keeps of what it has; the rest has to be found. */
export interface NicWish {
  readonly id: string;
  readonly guest: Guest;
  readonly index: number;
  readonly nic: Nic;
  readonly segment: Segment;
  mac: NicAssignment['mac'] | undefined;
  /** The rotation that is under way, as long as the NIC keeps its MAC address. */
  also: NicAssignment['also'];
  ipv4: NicAssignment['ipv4'] | undefined;
  ipv6: NicAssignment['ipv6'] | undefined;
}

/** What the NIC has, when the site still allows every part of it. */
export function keptWhole(nic: Nic, segment: Segment, had: NicAssignment | undefined): NicAssignment | undefined {
  if (had === undefined || had.segment !== segment.name) return undefined;
  return keepsMac(nic, had) && keepsIpv4(nic, segment, had) && keepsIpv6(nic, segment, had) ? had : undefined;
}

export function wishOf(
  id: string,
  guest: Guest,
  index: number,
  nic: Nic,
  segment: Segment,
  had: NicAssignment | undefined,
): NicWish {
  const same = had !== undefined && had.segment === segment.name ? had : undefined;
  const mac = same && keepsMac(nic, same) ? same.mac : undefined;
  return {
    id,
    guest,
    index,
    nic,
    segment,
    mac,
    also: mac === undefined ? undefined : same?.also,
    ipv4: same && keepsIpv4(nic, segment, same) ? same.ipv4 : undefined,
    ipv6:
      same && (mac !== undefined || !followsMac(nic, segment)) && keepsIpv6(nic, segment, same) ? same.ipv6 : undefined,
  };
}

/** Whether guests may have the address: inside the subnet, and neither network, gateway nor broadcast address. */
export function usableIpv4(subnet: Ipv4Subnet, address: Ipv4Address): boolean {
  const value = ipv4ToInteger(address);
  return value > subnet.first + 1 && value < subnet.last;
}

/** The same for IPv6, where the first address is the routers' anycast address and the second the gateway. */
export function usableIpv6(subnet: Ipv6Subnet, address: Ipv6Address): boolean {
  return subnetHolds(subnet, address) && address !== gateway6Of(subnet) && !subnet.text.startsWith(`${address}/`);
}

function keepsMac(nic: Nic, had: NicAssignment): boolean {
  return nic.mac === undefined || nic.mac === had.mac;
}

function keepsIpv4(nic: Nic, segment: Segment, had: NicAssignment): boolean {
  return nic.ip === undefined ? usableIpv4(segment.subnet, had.ipv4) : nic.ip === had.ipv4;
}

/**
 * Whether the address is usable, and one of the kind of the segment: an opaque one does not tell the MAC address. A NIC
 * that rotated keeps the address that was made of its earlier MAC.
 */
export function allowedIpv6(segment: Segment, subnet: Ipv6Subnet, mac: MacAddress, address: Ipv6Address): boolean {
  const ofItsKind = segment.address6 === 'eui64' ? isEui64(address) : address !== eui64Ipv6(subnet, mac);
  return ofItsKind && usableIpv6(subnet, address);
}

/** Whether another MAC address means another IPv6 address. */
function followsMac(nic: Nic, segment: Segment): boolean {
  return nic.ip6 === undefined && segment.address6 === 'eui64';
}

/** IPv6 text is dear to parse, so what was found usable once is remembered with the segment it is usable in. */
const knownUsable = new WeakMap<NicAssignment, string>();

function keepsIpv6(nic: Nic, segment: Segment, had: NicAssignment): boolean {
  if (nic.ip6 !== undefined) return nic.ip6 === had.ipv6;
  if (segment.subnet6 === undefined || had.ipv6 === undefined) return segment.subnet6 === had.ipv6;
  const where = `${segment.subnet6.text} ${segment.address6}`;
  if (knownUsable.get(had) === where) return true;
  if (!allowedIpv6(segment, segment.subnet6, had.mac, had.ipv6)) return false;
  knownUsable.set(had, where);
  return true;
}
