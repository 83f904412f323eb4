import { type Attack, holdsMarker, type Proof } from '../attack.ts';

/** A real client that asks for an address and takes nothing. */
const ask = ['busybox', 'udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-t', '3', '-T', '1', '-s', '/bin/true'];

/** The gateway still gives its neighbour the address that it has. */
export const stillServed: Proof = {
  who: 'neighbour',
  command: () => ask,
  answer: ({ neighbour, gateway }) =>
    new RegExp(`lease of ${neighbour.ipv4} obtained from ${gateway.ipv4}`.replaceAll('.', '\\.')),
};

/** Who wants to hand out addresses, or take them away. */
export const dhcp: readonly Attack[] = [
  {
    name: 'rogue-dhcp',
    tool: 'dnsmasq',
    tries: 'answer DHCP requests faster than the gateway, with itself as router and name server',
    knownBy: 'a message of a DHCP server that is not from the gateway',
    command: ({ attacker, directory }) => [
      ...['dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--user=root', '--port=0', '--interface=eth0'],
      ...['--bind-interfaces', '--dhcp-authoritative', '--dhcp-range=10.77.10.210,10.77.10.240,10m', '--no-ping'],
      ...[
        `--dhcp-option=3,${attacker.ipv4}`,
        `--dhcp-option=6,${attacker.ipv4}`,
        `--dhcp-leasefile=${directory}/leases`,
      ],
      `--pid-file=${directory}/pid`,
    ],
    bait: { who: 'neighbour', pause: 100, command: () => ask },
    proof: stillServed,
    alert: 'violation',
  },
  {
    name: 'rogue-dhcp6',
    tool: 'fake_dhcps6 (thc-ipv6)',
    tries: 'answer DHCPv6 requests with addresses and a name server of its own',
    knownBy: 'a message of a DHCPv6 server, or a router advertisement, that is not from the gateway',
    command: () => ['atk6-fake_dhcps6', 'eth0', 'fd00:bad::/64', 'fd00:bad::53'],
    bait: {
      who: 'neighbour',
      pause: 200,
      command: () => ['/usr/bin/python3', '-c', solicit],
    },
    alert: 'violation',
  },
  {
    name: 'dhcp-release',
    tool: 'scapy',
    tries: "give back or decline the victim's lease in its name",
    knownBy: "a DHCP message in the victim's name from the attacker's port; at the gateway none at all",
    scapy: { frames: 'dhcp-release', perSecond: 40 },
    proof: stillServed,
    isOwn: (_, frame, { victim }) => frame?.ip?.destinationPort === 67 && frame.ip.chaddr === victim.mac,
    alert: 'violation',
  },
  {
    name: 'dhcp-fragments',
    tool: 'scapy',
    tries: "an offer in IPv4 fragments from the gateway's address, so that no port can be seen",
    knownBy: "a fragment from the gateway's address and the attacker's MAC address",
    scapy: { frames: 'ipv4-fragments', perSecond: 40 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
];

/** DHCPv6 SOLICIT of the neighbour, from a port that clients use. */
const solicit = [
  'import socket',
  's = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)',
  's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)',
  's.bind(("::", 546))',
  'body = bytes([1, 1, 2, 3, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0x1a, 0x3f, 0, 0, 9, 0, 8, 0, 2, 0, 0, 0, 3, 0, 12, 0, 0, 0, 1]) + bytes(8)',
  's.sendto(body, ("ff02::1:2", 547, 0, socket.if_nametoindex("eth0")))',
].join('\n');
