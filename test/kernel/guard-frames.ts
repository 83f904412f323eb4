import {
  dhcpDiscover,
  dhcpOffer,
  dhcpv6Advertise,
  routerAdvertisement,
  spanningTreeFrame,
} from '../../src/lab/rogue-message.ts';
import { type Ipv4Address, type Ipv6Address, linkLocal, parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../src/model/mac-address.ts';
import {
  arpPacket,
  broadcastMac,
  ethernetFrame,
  etherType,
  icmpv6Packet,
  ipBytes,
  ipv6Packet,
  llcFrame,
  macBytes,
  multicastMac,
  udpPacket,
} from '../../src/system/raw-frame.ts';

export interface Holder {
  readonly mac: MacAddress;
  readonly ipv4: Ipv4Address;
  readonly ipv6: Ipv6Address;
}

export interface TriedFrame {
  readonly name: string;
  readonly frame: Buffer;
  /** Set that counts it; undefined for a frame that is to pass. */
  readonly offence?: string;
}

const stranger = parseMacAddress('02:1a:3f:ee:ee:01');
const anyIpv4 = parseIpv4('0.0.0.0');
const unspecified = parseIpv6('::');
const allNodes = parseIpv6('ff02::1');
const option = (kind: 1 | 2, mac: MacAddress): Buffer => Buffer.concat([Buffer.from([kind, 1]), macBytes(mac)]);

/** Every kind of frame that a port may send, and many that it may not; `me` sends, `victim` is its neighbour. */
export function listFrames(me: Holder, victim: Holder, shared: Ipv4Address): { good: TriedFrame[]; bad: TriedFrame[] } {
  const mine = linkLocal(me.mac);
  const gateway = parseIpv4('10.77.10.1');
  const gateway6 = parseIpv6('fd00:77:10::1');
  const payload = Buffer.from('a datagram of a guest under test');
  const udp = (source: Ipv4Address, sourcePort = 7777, destinationPort = 7777): Buffer =>
    udpPacket({ source, destination: victim.ipv4, sourcePort, destinationPort, payload });
  const udp6 = (source: Ipv6Address, sourcePort = 7777): Buffer =>
    udpPacket({ source, destination: victim.ipv6, sourcePort, destinationPort: 7777, payload });
  const toVictim = (type: number, body: Buffer, source = me.mac): Buffer =>
    ethernetFrame({ source, destination: victim.mac, type, payload: body });
  const toAll = (type: number, body: Buffer, source = me.mac): Buffer =>
    ethernetFrame({ source, destination: broadcastMac, type, payload: body });
  const arp = (operation: 'request' | 'reply', senderMac: MacAddress, senderIp: Ipv4Address, target = victim.ipv4) =>
    arpPacket({ operation, senderMac, senderIp, targetMac: broadcastMac, targetIp: target });
  const icmp6 = (type: number, body: Buffer, source: Ipv6Address = mine, destination = allNodes): Buffer =>
    ethernetFrame({
      source: me.mac,
      destination: multicastMac(destination),
      type: etherType.ipv6,
      payload: icmpv6Packet({ source, destination, type, body }),
    });
  const solicitation = (target: Ipv6Address, ...options: Buffer[]): Buffer =>
    Buffer.concat([Buffer.alloc(4), ipBytes(target), ...options]);
  const advertisement = (target: Ipv6Address, ...options: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from([0x20, 0, 0, 0]), ipBytes(target), ...options]);
  /** An IPv6 packet whose ICMPv6 message stands behind another header. */
  const behind = (nextHeader: number, header: Buffer, inner: Buffer): Buffer => {
    const packet = icmpv6Packet({
      source: mine,
      destination: allNodes,
      type: inner[0] as number,
      body: inner.subarray(4),
    });
    return toVictim(
      etherType.ipv6,
      ipv6Packet({
        source: mine,
        destination: allNodes,
        protocol: nextHeader,
        hopLimit: 255,
        payload: Buffer.concat([header, packet.subarray(40)]),
      }),
    );
  };
  const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type, 0, 0, 0]), body]);
  const destinationOptions = (next: number): Buffer => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);
  const fragment = (next: number, offset = 0): Buffer => {
    const header = Buffer.from([next, 0, 0, 0, 0, 0, 0, 9]);
    header.writeUInt16BE(offset | 1, 2);
    return header;
  };
  const advert = message(134, Buffer.concat([Buffer.from([64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]), option(1, me.mac)]));
  const tagged = (type: number, vlan: number): Buffer => {
    const frame = toVictim(etherType.ipv4, udp(me.ipv4));
    const tag = Buffer.alloc(4);
    tag.writeUInt16BE(type, 0);
    tag.writeUInt16BE(vlan, 2);
    return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
  };
  const bad = (name: string, offence: string, frame: Buffer): TriedFrame => ({ name, frame, offence });
  const good = (name: string, frame: Buffer): TriedFrame => ({ name, frame });
  return {
    good: [
      good('UDP over IPv4', toVictim(etherType.ipv4, udp(me.ipv4))),
      good('UDP over IPv6', toVictim(etherType.ipv6, udp6(me.ipv6))),
      good('UDP over IPv6, link-local', toVictim(etherType.ipv6, udp6(mine, 7778))),
      good('ARP request', toAll(etherType.arp, arp('request', me.mac, me.ipv4))),
      good('ARP probe', toAll(etherType.arp, arp('request', me.mac, anyIpv4, me.ipv4))),
      good('ARP announcement', toAll(etherType.arp, arp('reply', me.mac, me.ipv4, me.ipv4))),
      good('ARP reply', toVictim(etherType.arp, arp('reply', me.mac, me.ipv4))),
      good('neighbour solicitation', icmp6(135, solicitation(victim.ipv6, option(1, me.mac)))),
      good('neighbour solicitation without option', icmp6(135, solicitation(victim.ipv6), me.ipv6)),
      good('neighbour advertisement', icmp6(136, advertisement(me.ipv6, option(2, me.mac)))),
      good('neighbour advertisement, link-local', icmp6(136, advertisement(mine, option(2, me.mac)))),
      good('duplicate address detection', icmp6(135, solicitation(me.ipv6), unspecified)),
      good('DHCPv6 client', toVictim(etherType.ipv6, udp6(mine, 546))),
    ],
    bad: [
      bad('a foreign MAC', 'spoofed_ipv4', toVictim(etherType.ipv4, udp(me.ipv4), stranger)),
      bad("the neighbour's MAC", 'spoofed_ipv4', toAll(etherType.ipv4, udp(me.ipv4, 7001), victim.mac)),
      bad("the neighbour's MAC and IPv4", 'spoofed_ipv4', toAll(etherType.ipv4, udp(victim.ipv4, 7002), victim.mac)),
      bad('a foreign IPv4 address', 'spoofed_ipv4', toVictim(etherType.ipv4, udp(parseIpv4('10.77.10.199')))),
      bad("the gateway's IPv4 address", 'spoofed_ipv4', toVictim(etherType.ipv4, udp(gateway))),
      bad('the shared address', 'spoofed_ipv4', toVictim(etherType.ipv4, udp(shared))),
      bad('no IPv4 address without DHCP', 'spoofed_ipv4', toVictim(etherType.ipv4, udp(anyIpv4))),
      bad('no IPv4 address to a DHCP client', 'spoofed_ipv4', toVictim(etherType.ipv4, udp(anyIpv4, 68, 68))),
      bad(
        'a DHCP server',
        'rogue_dhcp',
        dhcpOffer({
          source: me.mac,
          server: me.ipv4,
          client: victim.mac,
          offered: victim.ipv4,
          transaction: 7,
          file: payload,
        }),
      ),
      bad(
        'DHCP in the name of somebody else',
        'spoofed_dhcp',
        dhcpDiscover({ source: me.mac, client: stranger, file: payload }),
      ),
      bad('DHCP as somebody else', 'spoofed_dhcp', dhcpDiscover({ source: stranger, client: stranger, file: payload })),
      bad(
        "DHCP with the neighbour's MAC",
        'spoofed_dhcp',
        dhcpDiscover({ source: victim.mac, client: me.mac, file: payload }),
      ),
      bad('ARP: the gateway is here', 'spoofed_arp', toAll(etherType.arp, arp('reply', me.mac, gateway))),
      bad(
        'ARP: the neighbour is here',
        'spoofed_arp',
        toAll(etherType.arp, arp('reply', me.mac, victim.ipv4, me.ipv4)),
      ),
      bad('ARP: I am elsewhere', 'spoofed_arp', toVictim(etherType.arp, arp('reply', stranger, me.ipv4))),
      bad(
        'ARP from a foreign MAC',
        'spoofed_arp',
        toVictim(etherType.arp, arp('reply', me.mac, me.ipv4, gateway), stranger),
      ),
      bad(
        'ARP probe with a foreign sender',
        'spoofed_arp',
        toAll(etherType.arp, arp('request', stranger, anyIpv4, me.ipv4)),
      ),
      bad('ARP reply without an address', 'spoofed_arp', toAll(etherType.arp, arp('reply', me.mac, anyIpv4, gateway))),
      bad('a foreign IPv6 address', 'spoofed_ipv6', toVictim(etherType.ipv6, udp6(parseIpv6('fd00:77:10::bad')))),
      bad("the neighbour's IPv6 address", 'spoofed_ipv6', toVictim(etherType.ipv6, udp6(victim.ipv6))),
      bad("the neighbour's link-local address", 'spoofed_ipv6', toVictim(etherType.ipv6, udp6(linkLocal(victim.mac)))),
      bad('IPv6 from a foreign MAC', 'spoofed_ipv6', toVictim(etherType.ipv6, udp6(me.ipv6, 7003), stranger)),
      bad(
        "ND: the neighbour's address is here",
        'spoofed_ipv6',
        icmp6(136, advertisement(victim.ipv6, option(2, me.mac))),
      ),
      bad("ND: the gateway's address is here", 'spoofed_ipv6', icmp6(136, advertisement(gateway6, option(2, me.mac)))),
      bad('ND: my address is elsewhere', 'spoofed_ipv6', icmp6(136, advertisement(me.ipv6, option(2, stranger)))),
      bad(
        'ND: two options',
        'spoofed_ipv6',
        icmp6(136, advertisement(me.ipv6, option(2, me.mac), option(2, stranger))),
      ),
      bad('ND: I ask from elsewhere', 'spoofed_ipv6', icmp6(135, solicitation(victim.ipv6, option(1, stranger)))),
      bad(
        "duplicate address detection of the neighbour's address",
        'spoofed_ipv6',
        icmp6(135, solicitation(victim.ipv6), unspecified),
      ),
      bad(
        'router solicitation from elsewhere',
        'spoofed_ipv6',
        icmp6(133, Buffer.concat([Buffer.alloc(4), option(1, stranger)])),
      ),
      bad('router advertisement', 'rogue_router', routerAdvertisement({ source: me.mac, sender: mine })),
      bad(
        'redirect',
        'rogue_router',
        icmp6(137, Buffer.concat([Buffer.alloc(4), ipBytes(mine), ipBytes(victim.ipv6)])),
      ),
      bad('MLD query', 'rogue_router', icmp6(130, Buffer.alloc(20))),
      bad('a DHCPv6 server', 'rogue_dhcp6', dhcpv6Advertise({ source: me.mac, sender: mine, identifier: payload })),
      bad(
        'router advertisement behind destination options',
        'rogue_router',
        behind(60, destinationOptions(58), advert),
      ),
      bad('router advertisement in a fragment', 'rogue_router', behind(44, fragment(58), advert)),
      bad(
        'neighbour advertisement in a fragment',
        'spoofed_ipv6',
        behind(44, fragment(58), message(136, advertisement(me.ipv6, option(2, me.mac)))),
      ),
      bad(
        'neighbour advertisement behind destination options',
        'spoofed_ipv6',
        behind(60, destinationOptions(58), message(136, advertisement(me.ipv6, option(2, me.mac)))),
      ),
      bad(
        'a fragment that hides what follows',
        'spoofed_ipv6',
        behind(44, fragment(60), Buffer.concat([message(0, destinationOptions(58)), Buffer.alloc(8)])),
      ),
      bad(
        'a later fragment of a hidden header',
        'spoofed_ipv6',
        behind(44, fragment(60, 8), message(0, Buffer.from('the second part of it'))),
      ),
      bad('an 802.1Q tag', 'foreign_frame', tagged(0x8100, 20)),
      bad('a priority tag', 'foreign_frame', tagged(0x8100, 0xe000)),
      bad('a service tag (802.1ad)', 'foreign_frame', tagged(0x88a8, 20)),
      bad(
        'two tags (QinQ)',
        'foreign_frame',
        Buffer.concat([
          tagged(0x8100, 20).subarray(0, 12),
          Buffer.from([0x88, 0xa8, 0, 30]),
          tagged(0x8100, 20).subarray(12),
        ]),
      ),
      bad('spanning tree', 'foreign_frame', Buffer.concat([spanningTreeFrame(me.mac), payload])),
      bad('an LLC frame', 'foreign_frame', llcFrame({ source: me.mac, destination: victim.mac, payload })),
      bad(
        'LLDP to its group',
        'foreign_frame',
        ethernetFrame({
          source: me.mac,
          destination: parseMacAddress('01:80:c2:00:00:0e'),
          type: etherType.lldp,
          payload,
        }),
      ),
      ...[0x88cc, 0x8863, 0x8864, 0x88b5, 0x88e5, 0x8847, 0x0842, 0x9000].map((type) =>
        bad(
          `EtherType 0x${type.toString(16)}`,
          'foreign_frame',
          toAll(type, Buffer.concat([payload, Buffer.from([type & 0xff])])),
        ),
      ),
    ],
  };
}
