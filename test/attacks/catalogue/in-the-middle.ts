import { type Attack, holdsMarker } from '../attack.ts';

/** Address in the middle of the name server that a guest would ask. */
const queryOf = (guest: { mac: string; ipv4: string }, gateway: string): string =>
  [
    'import logging; logging.getLogger("scapy").setLevel(50)',
    'from scapy.all import *',
    `sendp(Ether(src="${guest.mac}", dst="ff:ff:ff:ff:ff:ff")/IP(src="${guest.ipv4}", dst="${gateway}")/UDP(sport=40053, dport=53)/DNS(rd=1, qd=DNSQR(qname="bank.example")), iface="eth0", verbose=0, count=40, inter=0.2)`,
  ].join('\n');

/** Who wants to stand between others, by IPv4. */
export const inTheMiddle: readonly Attack[] = [
  {
    name: 'arpspoof',
    tool: 'arpspoof (dsniff)',
    tries: "tell the victim that the gateway's address is at the attacker's MAC address",
    knownBy: "ARP that claims the gateway's address",
    command: ({ victim, gateway }) => ['arpspoof', '-i', 'eth0', '-t', victim.ipv4, gateway.ipv4],
    alert: 'violation',
  },
  {
    name: 'arpspoof-gateway',
    tool: 'arpspoof (dsniff)',
    tries: "tell the gateway that the victim's address is at the attacker's MAC address",
    knownBy: "ARP that claims the victim's address",
    command: ({ victim, gateway }) => ['arpspoof', '-i', 'eth0', '-t', gateway.ipv4, victim.ipv4],
    alert: 'violation',
  },
  {
    name: 'dnsspoof',
    tool: 'dnsspoof (dsniff)',
    tries: 'answer a question for the name server that it heard (here as a broadcast: it hears no other)',
    knownBy: "a datagram from the name server's address and port 53",
    command: () => ['dnsspoof', '-i', 'eth0'],
    bait: {
      who: 'victim',
      pause: 100,
      command: ({ victim, gateway }) => ['/usr/bin/python3', '-c', queryOf(victim, gateway.ipv4)],
    },
    isOwn: (_, frame, { attacker }) => frame?.source === attacker.mac && frame.ip?.sourcePort === 53,
    alert: 'violation',
  },
  {
    name: 'ettercap',
    tool: 'ettercap -T -M arp:remote',
    tries: 'poison the ARP caches of victim and gateway at once and pass on what they say',
    knownBy: "ARP that claims the victim's or the gateway's address",
    prepare: ({ directory }) => [['cp', '/etc/ettercap/etter.conf', `${directory}/etter.conf`]],
    command: ({ victim, gateway, directory }) => [
      ...['ettercap', '-T', '-q', '-o', '-i', 'eth0', '-a', `${directory}/etter.conf`],
      ...['-M', 'arp:remote', `/${victim.ipv4}//`, `/${gateway.ipv4}//`],
    ],
    environment: { EC_UID: '0', EC_GID: '0' },
    alert: 'violation',
  },
  {
    name: 'arp-fields',
    tool: 'scapy',
    tries: 'lie in one field of ARP only: sender MAC, sender IP, kind of hardware, operation',
    knownBy: 'the marker that these frames hold',
    scapy: { frames: 'arp-fields', perSecond: 100 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
  {
    name: 'garp-gateway',
    tool: 'scapy',
    tries: "storm of gratuitous ARP for the gateway's and the victim's address",
    knownBy: 'the marker that these frames hold',
    scapy: { frames: 'garp-gateway', perSecond: 1_500 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
  {
    name: 'gateway-mac',
    tool: 'scapy',
    tries: "be the gateway: its MAC and IP addresses in everything, and the world's answers forged",
    knownBy: 'the marker that these frames hold',
    scapy: { frames: 'gateway-mac', perSecond: 100 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
  {
    name: 'neighbour-mac',
    tool: 'scapy',
    tries: 'be the neighbour: its MAC and IP addresses in everything, to draw its frames',
    knownBy: 'the marker that these frames hold',
    scapy: { frames: 'neighbour-mac', perSecond: 100 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
  {
    name: 'virtual-router',
    tool: 'scapy',
    tries: 'be the virtual router of VRRP or HSRP',
    knownBy: 'source MAC addresses 00:00:5e:00:01:… and 00:00:0c:07:ac:…',
    scapy: { frames: 'virtual-router', perSecond: 50 },
    isOwn: holdsMarker,
    alert: 'violation',
  },
];
