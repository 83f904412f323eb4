import { type Ipv4Address, type Ipv6Address, parseIpv4, parseIpv6 } from '../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../model/mac-address.ts';
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
} from '../system/raw-frame.ts';

/** Whole frames that an ill-behaved guest sends. */

const allNodes = parseIpv6('ff02::1');
const stpGroup = parseMacAddress('01:80:c2:00:00:00');

/** Option of ND: link-layer address, source (1) or target (2), RFC 4861 section 4.6.1. */
const linkLayerOption = (kind: 1 | 2, mac: MacAddress): Buffer =>
  Buffer.concat([Buffer.from([kind, 1]), macBytes(mac)]);

/** ARP reply to everyone: `senderIp` is at `senderMac`. The frame itself comes from `source`. */
export function arpAnnouncement(arp: { source: MacAddress; senderMac: MacAddress; senderIp: Ipv4Address }): Buffer {
  const payload = arpPacket({ operation: 'reply', ...arp, targetMac: broadcastMac, targetIp: arp.senderIp });
  return ethernetFrame({ source: arp.source, destination: broadcastMac, type: etherType.arp, payload });
}

/** ND neighbour advertisement to all nodes (RFC 4861 section 4.4, override set): `target` is at `source`. */
export function neighborAdvertisement(nd: { source: MacAddress; sender: Ipv6Address; target: Ipv6Address }): Buffer {
  const body = Buffer.concat([Buffer.from([0x20, 0, 0, 0]), ipBytes(nd.target), linkLayerOption(2, nd.source)]);
  const payload = icmpv6Packet({ source: nd.sender, destination: allNodes, type: 136, body });
  return ethernetFrame({ source: nd.source, destination: multicastMac(allNodes), type: etherType.ipv6, payload });
}

/** Router advertisement (RFC 4861 section 4.2) that claims to be a default router for 1,800 s. */
export function routerAdvertisement(ra: { source: MacAddress; sender: Ipv6Address }): Buffer {
  const fixed = Buffer.from([64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]);
  const body = Buffer.concat([fixed, linkLayerOption(1, ra.source)]);
  const payload = icmpv6Packet({ source: ra.sender, destination: allNodes, type: 134, body });
  return ethernetFrame({ source: ra.source, destination: multicastMac(allNodes), type: etherType.ipv6, payload });
}

/** Bytes that mark the fragments below (identification of the fragment header). */
export const fragmentId = Buffer.from([0xb0, 0x0b, 0x1e, 0x01]);

/**
 * The same router advertisement in the shapes that have slipped past guards (RFC 7113): behind a destination options
 * header, and split so that no fragment shows both headers.
 */
export function hiddenRouterAdvertisements(ra: { source: MacAddress; sender: Ipv6Address }): Buffer[] {
  const message = routerAdvertisement(ra).subarray(14 + 40);
  const options = Buffer.from([58, 0, 1, 4, 0, 0, 0, 0]);
  const fragment = (offset: number) => Buffer.concat([Buffer.from([60, 0, 0, offset]), fragmentId]);
  const packets = [
    { protocol: 60, payload: Buffer.concat([options, message]) },
    // More fragments follow (1); then the one at octet 8 is the last.
    { protocol: 44, payload: Buffer.concat([fragment(1), options]) },
    { protocol: 44, payload: Buffer.concat([fragment(8), message]) },
  ];
  return packets.map((packet) => {
    const payload = ipv6Packet({ source: ra.sender, destination: allNodes, hopLimit: 255, ...packet });
    return ethernetFrame({ source: ra.source, destination: multicastMac(allNodes), type: etherType.ipv6, payload });
  });
}

/** DHCP message type by which a rogue server answers (RFC 2132 section 9.6). */
const dhcpOfferType = 2;

/** DHCPOFFER (RFC 2131) by `server`, broadcast to the client `client`. */
export function dhcpOffer(offer: {
  source: MacAddress;
  server: Ipv4Address;
  client: MacAddress;
  offered: Ipv4Address;
  transaction: number;
  /** Boot file name, 127 octets at most: as good a place as any for bytes to know the frame by. */
  file: Buffer;
}): Buffer {
  const fixed = Buffer.alloc(236);
  fixed.set([2, 1, 6, 0]);
  fixed.writeUInt32BE(offer.transaction, 4);
  fixed.writeUInt16BE(0x8000, 10);
  ipBytes(offer.offered).copy(fixed, 16);
  ipBytes(offer.server).copy(fixed, 20);
  macBytes(offer.client).copy(fixed, 28);
  offer.file.copy(fixed, 108);
  const server = ipBytes(offer.server);
  const options = Buffer.concat([
    Buffer.from([0x63, 0x82, 0x53, 0x63, 53, 1, dhcpOfferType, 54, 4]),
    server,
    Buffer.from([51, 4, 0, 0, 2, 0x58, 1, 4, 255, 255, 255, 0, 3, 4]),
    server,
    Buffer.from([255]),
  ]);
  const payload = udpPacket({
    source: offer.server,
    destination: parseIpv4('255.255.255.255'),
    sourcePort: 67,
    destinationPort: 68,
    payload: Buffer.concat([fixed, options]),
  });
  return ethernetFrame({ source: offer.source, destination: broadcastMac, type: etherType.ipv4, payload });
}

/** DHCPDISCOVER (RFC 2131) of a client that is made up, as who wants to use up all addresses sends by the thousand. */
export function dhcpDiscover(message: { source: MacAddress; client: MacAddress; file: Buffer }): Buffer {
  const fixed = Buffer.alloc(236);
  fixed.set([1, 1, 6, 0]);
  fixed.writeUInt16BE(0x8000, 10);
  macBytes(message.client).copy(fixed, 28);
  message.file.copy(fixed, 108);
  const payload = udpPacket({
    source: parseIpv4('0.0.0.0'),
    destination: parseIpv4('255.255.255.255'),
    sourcePort: 68,
    destinationPort: 67,
    payload: Buffer.concat([fixed, Buffer.from([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255])]),
  });
  return ethernetFrame({ source: message.source, destination: broadcastMac, type: etherType.ipv4, payload });
}

/** DHCPv6 ADVERTISE (RFC 8415, message type 2) to all nodes, with a server identifier (option 2). */
export function dhcpv6Advertise(message: { source: MacAddress; sender: Ipv6Address; identifier: Buffer }): Buffer {
  const option = Buffer.from([0, 2, 0, message.identifier.length]);
  const payload = udpPacket({
    source: message.sender,
    destination: allNodes,
    sourcePort: 547,
    destinationPort: 546,
    payload: Buffer.concat([Buffer.from([2, 0xb0, 0x0b, 0x1e]), option, message.identifier]),
  });
  return ethernetFrame({ source: message.source, destination: multicastMac(allNodes), type: etherType.ipv6, payload });
}

/** Configuration BPDU of IEEE 802.1D by a bridge that claims priority 0. */
export function spanningTreeFrame(source: MacAddress): Buffer {
  const bridge = Buffer.concat([Buffer.from([0, 0]), macBytes(source)]);
  const timers = Buffer.from([0x80, 1, 0, 0, 20, 0, 2, 0, 15, 0]);
  const payload = Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), bridge, Buffer.alloc(4), bridge, timers]);
  return llcFrame({ source, destination: stpGroup, payload });
}
