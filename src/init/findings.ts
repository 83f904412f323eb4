import type { IpAddress, Ipv4Address, Ipv6Address } from '../model/ip-address.ts';
import type { MacAddress } from '../model/mac-address.ts';
import type { InterfaceName } from '../model/names.ts';
import type { PortRange } from '../model/port-range.ts';
import type { Subnet } from '../model/subnet.ts';
import type { ListeningPort } from '../system/listening-ports.ts';

/** Everything that `init` has learned about a host. Names of guests and rules are as others wrote them: any text. */
export interface Findings {
  readonly hostName: string;
  readonly uplink: FoundUplink;
  readonly bridges: readonly FoundBridge[];
  readonly guests: readonly FoundGuest[];
  readonly containers: readonly FoundContainer[];
  readonly firewalls: readonly FoundFirewall[];
  readonly refusals: readonly Refusal[];
  readonly translations: readonly Translation[];
  /** Rules that translate destinations in a way that no forward can say; as their tool shows them. */
  readonly otherTranslations: readonly string[];
  readonly listening: readonly ListeningPort[];
  /** Networks that the host has addresses in or routes to. */
  readonly networks: readonly Subnet[];
  /** Names of every interface. */
  readonly interfaces: ReadonlySet<string>;
  /** Every MAC address that was seen: of interfaces, neighbours and guests. */
  readonly macs: ReadonlySet<MacAddress>;
  /** Which MAC address answers for an address, as the neighbour table knows it. */
  readonly neighbours: ReadonlyMap<IpAddress, MacAddress>;
  /** What could not be looked into, and why. Whole sentences. */
  readonly notes: readonly string[];
}

export interface FoundUplink {
  readonly interface: InterfaceName;
  readonly ipv4: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /** What the IPv4 address is, when the world cannot reach it: `private (RFC 1918)`. */
  readonly notPublic?: string;
  /** It was given for a time only, by DHCP. */
  readonly dynamic: boolean;
  readonly gateway?: string;
  /** Further IPv4 addresses of the interface. */
  readonly others: readonly Ipv4Address[];
  readonly mtu: number;
  /** Ports of the uplink when it is a bridge. */
  readonly ports: readonly string[];
}

export interface FoundBridge {
  readonly name: string;
  /** Who made it: `libvirt`, `Docker`, …; undefined when nobody is known to. */
  readonly maker?: string;
  /** IPv4 addresses with prefix length. */
  readonly addresses: readonly string[];
  readonly ports: readonly string[];
}

export interface FoundGuest {
  readonly name: string;
  /** `libvirt`, `Proxmox VM`, `Incus`, or `port` for a device on a bridge that nobody told about. */
  readonly source: string;
  readonly state?: string;
  readonly nics: readonly FoundNic[];
}

export interface FoundNic {
  readonly mac?: MacAddress;
  /** Host-side device. */
  readonly port?: string;
  /** Bridge or network that it is plugged into now. */
  readonly network?: string;
  readonly addresses: readonly IpAddress[];
}

/** A container whose engine keeps its network. */
export interface FoundContainer {
  readonly engine: 'Docker' | 'Podman';
  readonly name: string;
  /** Published ports, as the engine writes them. */
  readonly ports: string;
}

export interface FoundFirewall {
  readonly name: string;
  /** Where it was seen: `chain "DOCKER-USER" of table "ip filter"`. */
  readonly seen: string;
}

/** A base chain of somebody else that refuses what it does not know. */
export interface Refusal {
  readonly hook: 'forward' | 'input';
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** `policy drop`, or its last rule refuses. */
  readonly how: string;
  /** By which interface it is kept: nftables, or the old kernel interface of iptables. */
  readonly kept: 'nftables' | 'iptables-nft' | 'iptables-legacy';
}

/** A rule of somebody else that leads a port to an address. */
export interface Translation {
  readonly protocol: 'tcp' | 'udp';
  readonly ports: PortRange;
  readonly to: IpAddress;
  /** First target port. */
  readonly first: number;
  /** Sources it is for; empty: everyone. */
  readonly from: readonly Subnet[];
  /** Table and chain it stands in. */
  readonly seen: string;
}
