import { linkLocal, parseIpv4, parseIpv6 } from '../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../model/mac-address.ts';
import {
  arpPacket,
  broadcastMac,
  ethernetFrame,
  etherType,
  ipBytes,
  macBytes,
  udpPacket,
} from '../system/raw-frame.ts';
import {
  arpAnnouncement,
  dhcpDiscover,
  dhcpOffer,
  dhcpv6Advertise,
  fragmentId,
  hiddenRouterAdvertisements,
  neighborAdvertisement,
  routerAdvertisement,
  spanningTreeFrame,
} from './rogue-message.ts';
import { shared, world } from './scenario.ts';
import type { Lease } from './scene.ts';

/** One way in which a guest breaks the rules, as frames that it puts onto its own interface. */
export interface Attack {
  readonly name: string;
  readonly frames: readonly Buffer[];
  /** Bytes by which a frame is known where it arrives; `marker` unless given. */
  readonly signatures?: readonly Buffer[];
  /** Sets of offenders of which one must name the port afterwards. */
  readonly offences: readonly string[];
}

/** Bytes that no other traffic holds. Not put behind an IP packet: the kernel cuts off what is longer than the packet. */
export const marker = Buffer.from('bridgekeeper-lab-rogue');

/** Addresses of pool and segment that nobody holds, as a guest would make them up. */
export const inventedMac = parseMacAddress('02:1a:3f:ee:ee:01');
export const inventedIp = parseIpv4('10.77.10.199');
export const inventedIp6 = parseIpv6('fd00:77:10::bad');
const gateway = parseIpv4('10.77.10.1');
const gateway6 = parseIpv6('fd00:77:10::1');

type Speaker = { mac: MacAddress; ipv4: Lease['ipv4']; ipv6?: Lease['ipv6'] };

const tail = (frame: Buffer): Buffer => Buffer.concat([frame, marker]);

/** UDP over IPv4 to the victim on the same segment; the frame goes to the victim unless another destination is given. */
export function datagram(
  source: Speaker,
  victim: Lease,
  { vlan, destination = victim.mac }: { vlan?: number; destination?: MacAddress } = {},
): Buffer {
  const payload = udpPacket({
    source: source.ipv4,
    destination: victim.ipv4,
    sourcePort: 7777,
    destinationPort: 7777,
    payload: marker,
  });
  const tag = vlan === undefined ? {} : { vlan };
  return ethernetFrame({ source: source.mac, destination, type: etherType.ipv4, payload, ...tag });
}

function datagram6(source: { mac: MacAddress; ipv6: NonNullable<Lease['ipv6']> }, victim: Lease): Buffer {
  const payload = udpPacket({
    source: source.ipv6,
    destination: victim.ipv6 ?? linkLocal(victim.mac),
    sourcePort: 7777,
    destinationPort: 7777,
    payload: marker,
  });
  return ethernetFrame({ source: source.mac, destination: victim.mac, type: etherType.ipv6, payload });
}

/** Everything that `me` may try against `victim`. ARP and ND claims are also sent under other frames' sources. */
export function listAttacks(me: Lease, victim: Lease): Attack[] {
  const own: Speaker = me;
  const myLinkLocal = linkLocal(me.mac);
  const arpTo = (senderMac: MacAddress, senderIp: Lease['ipv4']) => {
    const claim = arpPacket({ operation: 'reply', senderMac, senderIp, targetMac: victim.mac, targetIp: victim.ipv4 });
    return tail(ethernetFrame({ source: me.mac, destination: victim.mac, type: etherType.arp, payload: claim }));
  };
  const other = (type: number) =>
    ethernetFrame({
      source: me.mac,
      destination: broadcastMac,
      type,
      payload: Buffer.concat([Buffer.alloc(24), marker]),
    });
  const claimed = [victim.ipv6 ?? gateway6, gateway6, linkLocal(victim.mac)];
  return [
    {
      name: 'sends from a MAC that it made up',
      frames: [datagram({ ...own, mac: inventedMac }, victim)],
      offences: ['spoofed_ipv4'],
    },
    {
      name: "sends from its neighbour's MAC",
      frames: [datagram({ ...own, mac: victim.mac }, victim, { destination: broadcastMac })],
      offences: ['spoofed_ipv4'],
    },
    {
      name: 'sends from an IPv4 address that it made up',
      frames: [datagram({ ...own, ipv4: inventedIp }, victim)],
      offences: ['spoofed_ipv4'],
    },
    {
      name: "sends from its neighbour's IPv4 address, the gateway's and the shared one",
      frames: [victim.ipv4, gateway, shared.ipv4, world.ipv4].map((ipv4) => datagram({ ...own, ipv4 }, victim)),
      offences: ['spoofed_ipv4'],
    },
    {
      name: "claims by ARP to hold the gateway's IP",
      frames: [tail(arpAnnouncement({ source: me.mac, senderMac: me.mac, senderIp: gateway })), arpTo(me.mac, gateway)],
      offences: ['spoofed_arp'],
    },
    {
      name: 'says by ARP that its own IP is at a foreign MAC',
      frames: [arpTo(inventedMac, me.ipv4), arpTo(victim.mac, me.ipv4)],
      offences: ['spoofed_arp'],
    },
    {
      name: 'sends from an IPv6 address that it made up',
      frames: [datagram6({ mac: me.mac, ipv6: inventedIp6 }, victim)],
      offences: ['spoofed_ipv6'],
    },
    {
      name: "advertises its neighbour's and the gateway's IPv6 address (ND)",
      frames: claimed.map((target) => neighborAdvertisement({ source: me.mac, sender: myLinkLocal, target })),
      signatures: claimed.map((target) => Buffer.concat([ipBytes(target), Buffer.from([2, 1]), macBytes(me.mac)])),
      offences: ['spoofed_ipv6', 'spoofed_nd'],
    },
    {
      name: 'plays DHCP server',
      frames: [
        dhcpOffer({
          source: me.mac,
          server: me.ipv4,
          client: victim.mac,
          offered: inventedIp,
          transaction: 7,
          file: marker,
        }),
      ],
      offences: ['rogue_dhcp'],
    },
    {
      name: 'asks by DHCP for clients that it made up (starvation)',
      frames: [me.mac, inventedMac].map((source) => dhcpDiscover({ source, client: inventedMac, file: marker })),
      offences: ['spoofed_dhcp'],
    },
    {
      name: 'plays DHCPv6 server',
      frames: [dhcpv6Advertise({ source: me.mac, sender: myLinkLocal, identifier: marker })],
      offences: ['rogue_dhcp6'],
    },
    {
      name: 'plays router (router advertisement)',
      frames: [routerAdvertisement({ source: me.mac, sender: myLinkLocal })],
      signatures: [Buffer.concat([Buffer.from([1, 1]), macBytes(me.mac)])],
      offences: ['rogue_router'],
    },
    {
      name: 'hides a router advertisement behind another header and in fragments',
      frames: hiddenRouterAdvertisements({ source: me.mac, sender: myLinkLocal }),
      signatures: [Buffer.concat([Buffer.from([1, 1]), macBytes(me.mac)]), fragmentId],
      offences: ['rogue_router', 'spoofed_ipv6'],
    },
    {
      name: 'sends frames with an 802.1Q tag',
      frames: [datagram(own, victim, { vlan: 20 })],
      offences: ['foreign_frame'],
    },
    {
      name: 'plays switch (spanning tree)',
      frames: [tail(spanningTreeFrame(me.mac))],
      offences: ['foreign_frame'],
    },
    {
      name: 'sends LLDP, PPPoE and an experimental EtherType',
      frames: [etherType.lldp, 0x8863, 0x88b5].map(other),
      offences: ['foreign_frame'],
    },
  ];
}
