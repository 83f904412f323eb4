import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';
import type { DomainName, InterfaceName, Label } from './names.ts';
import type { PortRange } from './port-range.ts';
import type { Rate } from './quantity.ts';
import type { GuestLimits, Limits, Uplink } from './site.ts';
import type { Ipv4Subnet, Ipv6Subnet } from './subnet.ts';

/**
 * What the world should look like, in no driver's language. `compile` gives the very same object for a part that
 * did not change, so a driver may compare parts by reference before it looks inside.
 */
export interface DesiredState {
  readonly site: Label;
  readonly uplink: Uplink;
  readonly limits: Limits;
  readonly segments: ReadonlyMap<string, DesiredSegment>;
  /** By NIC id, `web1/0`. */
  readonly nics: ReadonlyMap<string, DesiredNic>;
  /** By guest name; every guest that may start flows. */
  readonly blocks: ReadonlyMap<string, DesiredBlock>;
  /** By guest name. */
  readonly sameAddress: ReadonlyMap<string, DesiredSameAddress>;
  /** By forward id, `tcp/8080`. */
  readonly forwards: ReadonlyMap<string, DesiredForward>;
  /**
   * Boxes of one layer do not overlap; the first layer that holds a flow decides.
   * `inner`: between segments. `world`: guests and what lies behind the uplink. `host`: guests to the host itself.
   */
  readonly policies: Readonly<Record<'inner' | 'world' | 'host', readonly (readonly PolicyBox[])[]>>;
}

export interface DesiredSegment {
  readonly name: Label;
  readonly bridge: InterfaceName;
  readonly mtu: number;
  readonly subnet: Ipv4Subnet;
  readonly gateway: Ipv4Address;
  readonly subnet6?: Ipv6Subnet;
  readonly gateway6?: Ipv6Address;
  readonly dhcp?: { readonly lease: number };
  readonly domain?: DomainName;
  readonly storm: Rate;
  /** Seconds that a UDP stream may be silent; absent: as the limits of the site say. */
  readonly udp?: number;
}

export interface DesiredNic {
  readonly id: string;
  readonly guest: Label;
  readonly index: number;
  readonly segment: Label;
  readonly bridge: InterfaceName;
  readonly port: InterfaceName;
  readonly mac: MacAddress;
  /** During a rotation: the other MAC address that the NIC may use. `mac` is the one that it is expected to use now. */
  readonly also?: MacAddress;
  /** Leased inner address. For a same-address guest it is the next hop that stands for the NIC. */
  readonly ipv4: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /** The only source addresses that may leave the NIC (the shared address for a same-address guest). */
  readonly sources4: readonly Ipv4Address[];
  /** Link-local addresses of the MACs, and leased addresses. */
  readonly sources6: readonly Ipv6Address[];
  readonly share: 'nat' | 'same-address';
  /** Its guest's own limits; absent: those of the site. */
  readonly limits?: GuestLimits;
}

/** Source ports of the shared address for flows that a guest starts. */
export interface DesiredBlock {
  readonly guest: Label;
  readonly ports: PortRange;
  /** Further blocks of a guest that has many sessions; absent for none. */
  readonly more?: readonly PortRange[];
  /** Blocks that only sessions of before have ports of; absent for none. */
  readonly closing?: readonly PortRange[];
  /** Every session gets a port of its own; absent: those of one inner address and port share one (RFC 4787 REQ-1). */
  readonly mapping?: 'address-and-port-dependent';
  /** Anybody may send to a mapped port; absent: only whom the guest has sent to. */
  readonly filtering?: 'endpoint-independent';
  /** Inner addresses that are translated; empty for a same-address guest. */
  readonly inner4: readonly Ipv4Address[];
  readonly inner6: readonly Ipv6Address[];
}

export interface DesiredSameAddress {
  readonly guest: Label;
  /** Mark, routing table and conntrack zone are derived from it. 1..4095. */
  readonly shareId: number;
  readonly bridge: InterfaceName;
  readonly port: InterfaceName;
  readonly mac: MacAddress;
  /** The other MAC address during a rotation. */
  readonly also?: MacAddress;
  /** Leased inner address, used as next hop. */
  readonly nextHop: Ipv4Address;
  /** Ports of the shared address that are the guest's own, TCP and UDP. */
  readonly ports: readonly PortRange[];
  readonly block: PortRange;
  /** Further blocks; absent for none. */
  readonly moreBlocks?: readonly PortRange[];
  readonly limits?: GuestLimits;
}

export interface DesiredForward {
  readonly id: string;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: PortRange;
  readonly guest: Label;
  readonly to4: Ipv4Address;
  /** Present when both the site and the target NIC have IPv6. */
  readonly to6?: Ipv6Address;
  /** Target port of the first published port. */
  readonly toFirst: number;
  /** Empty: everyone. */
  readonly from4: readonly Ipv4Subnet[];
  readonly from6: readonly Ipv6Subnet[];
  /** A source list was given (of either family): whoever is not on it is refused. */
  readonly restricted: boolean;
  readonly rate?: Rate;
}

/** Flows with source, destination, protocol and destination port inside the box. Bounds are included. */
export interface PolicyBox {
  readonly policy: Label;
  readonly action: 'allow' | 'deny';
  readonly family: 4 | 6;
  readonly source: readonly [string, string];
  readonly destination: readonly [string, string];
  /** IP protocol numbers, 0..255. */
  readonly protocol: readonly [number, number];
  /** Destination ports, 0..65535 (0..65535 for protocols without ports). */
  readonly ports: readonly [number, number];
}
