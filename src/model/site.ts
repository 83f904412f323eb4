import type { AlertSettings } from './alert-rule.ts';
import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';
import type { MacRange } from './mac-range.ts';
import type { DomainName, InterfaceName, Label, Uuid } from './names.ts';
import type { Owner } from './owner.ts';
import type { PortRange } from './port-range.ts';
import type { Rate } from './quantity.ts';
import type { Privacy, Retention } from './retention-schema.ts';
import type { Rotation } from './rotation.ts';
import type { SessionLogSettings } from './session-log-schema.ts';
import type { Ipv4Subnet, Ipv6Subnet, Subnet } from './subnet.ts';
import type { WatchSettings } from './watch-schema.ts';

/** A whole site, checked value by value. `checkSite` has looked at how the parts fit together. */
export interface Site {
  readonly name: Label;
  /** Absent in a registry-only site. */
  readonly uplink?: Uplink;
  readonly pools: readonly Pool[];
  readonly segments: readonly Segment[];
  readonly guests: readonly Guest[];
  readonly forwards: readonly Forward[];
  readonly policies: readonly Policy[];
  readonly limits: Limits;
  /** Absent: `defaultRotation`. */
  readonly rotation?: Rotation;
  /** Absent: `defaultRetention`. */
  readonly retention?: Retention;
  /** Absent: `defaultPrivacy`. */
  readonly privacy?: Privacy;
  /** Absent: `defaultSessionLog`. */
  readonly sessionLog?: SessionLogSettings;
  /** Absent: `defaultWatch`. */
  readonly watch?: WatchSettings;
  /** Absent: `defaultAlertSettings`. */
  readonly alerts?: AlertSettings;
  /** What tenants may do by themselves; absent: nothing but look. */
  readonly owners?: readonly Owner[];
}

export interface Uplink {
  readonly interface: InterfaceName;
  readonly ipv4: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /** Bits per second in each direction. Absent: what the device says of itself. */
  readonly bandwidth?: number;
}

export interface Pool {
  readonly name: Label;
  readonly range: MacRange;
  readonly strategy: 'random' | 'sequential' | 'hashed' | 'cycle';
  /** Seconds from release to reuse. Default 1800. */
  readonly quarantine: number;
  /** Never drawn; inside the range. */
  readonly reserved: readonly MacRange[];
  /** Percent of fill at which it warns, ascending. Default 80 and 95. */
  readonly warnings: readonly number[];
  /** Pool that this one is a part of. With at most one of `owner`, `segment` and `host`, for whom it is. */
  readonly parent?: Label;
  readonly owner?: Label;
  readonly segment?: Label;
  readonly host?: Label;
  /** Why a range whose OUI belongs to a vendor may be used; `true` without a reason. */
  readonly acknowledgeVendor?: string | true;
}

export interface Segment {
  readonly name: Label;
  /** Host bridge; `bk-<name>` (shortened to fit IFNAMSIZ) unless given. */
  readonly bridge: InterfaceName;
  readonly subnet: Ipv4Subnet;
  readonly subnet6?: Ipv6Subnet;
  /** DHCPv4 (and DHCPv6 + RA where there is a subnet6). `lease` in seconds. */
  readonly dhcp?: { readonly lease: number };
  readonly domain?: DomainName;
  /** Bytes. Default 1500. */
  readonly mtu: number;
  /** Broadcast and multicast frames per second that one port may send. Default 500. */
  readonly storm: { readonly broadcast: Rate };
  /** Pool that MACs of this segment come from; the first pool unless given. */
  readonly pool?: Label;
  /** How IPv6 addresses are derived: RFC 7217 (the default), or from the MAC address (RFC 4291). */
  readonly address6: 'opaque' | 'eui64';
  /** Seconds that a UDP stream of the segment may be silent. Absent: as the limits of the site say. */
  readonly udp?: number;
  /** Ask in the segment whether somebody uses an address before it is handed out. */
  readonly probe: boolean;
}

export interface Guest {
  readonly name: Label;
  readonly owner?: Label;
  /** Identity for the `hashed` strategy; the name without it. */
  readonly uuid?: Uuid;
  /** By which the hook is found that moves it to another MAC address: `vm`, `container`, … */
  readonly kind?: Label;
  readonly share: 'nat' | 'same-address';
  /** Ports of the shared address that belong to a `same-address` guest, TCP and UDP alike. Empty for `nat`. */
  readonly ports: readonly PortRange[];
  /** Absent: those of the site. */
  readonly limits?: GuestLimits;
  /** How its outgoing flows are translated. Absent: the first of each. Never for `same-address`. */
  readonly nat?: NatBehaviour;
  readonly nics: readonly Nic[];
}

/** In the words of RFC 4787, for UDP and TCP alike. */
export interface NatBehaviour {
  /** Whether sessions of one inner address and port appear as one port of the shared address, or each as its own. */
  readonly mapping: 'endpoint-independent' | 'address-and-port-dependent';
  /** Who may send to a port that a session of the guest appears as: whom it was sent to, or everybody (IPv4 only). */
  readonly filtering: 'address-and-port-dependent' | 'endpoint-independent';
}

export interface Nic {
  readonly segment: Label;
  readonly mac?: MacAddress;
  readonly ip?: Ipv4Address;
  readonly ip6?: Ipv6Address;
  /** Host-side device; a name derived from guest and NIC index unless given. */
  readonly port?: InterfaceName;
  readonly pool?: Label;
  /** Unplugged by `detach`: the NIC keeps its addresses but has no port. Never set by a site file. */
  readonly detached?: boolean;
}

export interface Forward {
  readonly protocol: 'tcp' | 'udp';
  readonly ports: PortRange;
  /** Target guest, its NIC index (0 unless given as `web1/1:80`) and the first target port. */
  readonly to: { readonly guest: Label; readonly nic: number; readonly first: number };
  /** Sources that may use it; empty means everyone. Holds on hairpin too. */
  readonly from: readonly Subnet[];
  /** New connections per unit of time through this forward, all sources together. */
  readonly rate?: Rate;
  /** Whether the guest is asked if it answers there. Absent: `tcp` for a single TCP port. */
  readonly check?: 'off';
}

/** What a policy's `from` and `to` may name. `world` is everything behind the uplink, `host` the host itself. */
export type PolicyPeer =
  | { readonly kind: 'guest'; readonly guest: Label }
  | { readonly kind: 'segment'; readonly segment: Label }
  | { readonly kind: 'subnet'; readonly subnet: Subnet }
  | { readonly kind: 'mac'; readonly mac: MacAddress }
  | { readonly kind: 'world' }
  | { readonly kind: 'host' };

export interface PolicyPort {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Absent: every port of the protocol. */
  readonly ports?: PortRange;
}

/** The first policy that matches a new flow decides; answers to allowed flows always pass. */
export interface Policy {
  readonly name: Label;
  readonly action: 'allow' | 'deny';
  readonly from: PolicyPeer;
  readonly to: PolicyPeer;
  /** Empty: every protocol and port. */
  readonly ports: readonly PolicyPort[];
  /** Set for the security-group form (`macAddress` + `ipRange`): flows in both directions match. */
  readonly bothWays: boolean;
}

export interface Limits {
  /** Open sessions of all guests together. Default 5000. */
  readonly sessions: number;
  /** Open sessions of one guest. Default 1000. */
  readonly sessionsPerGuest: number;
  /** Source ports of the shared address in one port block. Default: sessionsPerGuest. */
  readonly portBlock: number;
  /** Port blocks that one guest has at most, 1..16. Default: as many as sessionsPerGuest needs. */
  readonly portBlocks: number;
  /** New sessions that one guest may begin. Default 200 a second. */
  readonly newSessionsPerGuest: Rate;
  /** Seconds that a TCP handshake may stay half-open. Default 120. */
  readonly halfOpen: number;
  /** Seconds that an open TCP connection may be silent. Default 7440, the least of RFC 5382 REQ-5. */
  readonly established: number;
  /** Seconds that a UDP stream may be silent. Default 300. */
  readonly udp: number;
  /** Seconds that a UDP flow may be silent that is no stream. Default 120, the least of RFC 4787 REQ-5. */
  readonly udpUnanswered: number;
  /** Seconds that a ping may go unanswered. Default 60, the least of RFC 5508 REQ-2. */
  readonly icmp: number;
  /** Seconds that conntrack keeps a closed TCP connection. Default 20. */
  readonly timeWait: number;
}

/** Limits of one guest; what is absent is as the site says. */
export interface GuestLimits {
  readonly sessions?: number;
  readonly newSessions?: Rate;
}

/** Identity of a forward: `tcp/8080`, `udp/30000-30099`. */
export function forwardId(forward: Pick<Forward, 'protocol' | 'ports'>): string {
  const { first, last } = forward.ports;
  return `${forward.protocol}/${first === last ? first : `${first}-${last}`}`;
}

/** Identity of a NIC: `web1/0`. */
export function nicId(guest: string, index: number): string {
  return `${guest}/${index}`;
}
