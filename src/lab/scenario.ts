import { parseIpv4, parseIpv6 } from '../model/ip-address.ts';

/** Facts of the lab that examples/devlab.yaml is written for. Addresses are those reserved for documentation. */

export const world = {
  ipv4: parseIpv4('203.0.113.1'),
  ipv6: parseIpv6('2001:db8::1'),
  /** On the source list of the forward of port 2222. */
  listed: parseIpv4('198.51.100.7'),
  /** On no list. */
  unlisted: parseIpv4('192.0.2.9'),
} as const;

/** The one address that host and guests share, as a provider would have put it onto the host. */
export const shared = { ipv4: parseIpv4('203.0.113.10'), ipv6: parseIpv6('2001:db8::10') } as const;

export const prefix = { ipv4: 24, ipv6: 64 } as const;

export interface LabGuest {
  readonly name: string;
  /** Who gives the guest its IPv4 address. */
  readonly addressing: 'dhcp' | 'static' | 'shared';
}

/** The guests of examples/devlab.yaml. */
export const labGuests: readonly LabGuest[] = [
  { name: 'web1', addressing: 'dhcp' },
  { name: 'db1', addressing: 'dhcp' },
  { name: 'api1', addressing: 'static' },
  { name: 'sip1', addressing: 'shared' },
];

/** Next hop of a same-address guest: on the link, and no address of any subnet (RFC 3927). */
export const onLinkGateway = parseIpv4('169.254.1.1');

/** Files and sockets of the lab; inside it /run is a file system of its own that ends with it. */
export const labFiles = {
  directory: '/run/bridgekeeper-lab',
  socket: '/run/bridgekeeper-lab/daemon.sock',
  state: '/run/bridgekeeper-lab/state',
  daemonLog: '/run/bridgekeeper-lab/daemon.log',
  dhcpScript: '/run/bridgekeeper-lab/udhcpc.sh',
} as const;

/** Network namespaces of the lab. */
export const namespaces: readonly string[] = ['world', 'host', ...labGuests.map((guest) => guest.name)];
