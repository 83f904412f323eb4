import { type Ipv4Address, type Ipv6Address, ipv4ToInteger, ipv6ToInteger } from '../model/ip-address.ts';
import { type MacAddress, macToInteger } from '../model/mac-address.ts';

/** EtherTypes that the lab sends (IEEE 802 numbers). */
export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100, lldp: 0x88cc } as const;

export const broadcastMac = 'ff:ff:ff:ff:ff:ff' as MacAddress;

const bytes = (size: number, write: (buffer: Buffer) => void): Buffer => {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer;
};

/** Six octets as they stand on the wire. */
export function macBytes(mac: MacAddress): Buffer {
  return bytes(6, (b) => b.writeUIntBE(macToInteger(mac), 0, 6));
}

/** Four or sixteen octets as they stand on the wire. */
export function ipBytes(address: Ipv4Address | Ipv6Address): Buffer {
  if (!address.includes(':')) return bytes(4, (b) => b.writeUInt32BE(ipv4ToInteger(address as Ipv4Address)));
  const value = ipv6ToInteger(address as Ipv6Address);
  return bytes(16, (b) => {
    b.writeBigUInt64BE(value >> 64n, 0);
    b.writeBigUInt64BE(value & 0xffffffffffffffffn, 8);
  });
}

/** The Internet checksum (RFC 1071). */
function checksum(data: Buffer): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += (data[i] as number) * 256 + (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Group address that an IPv6 multicast destination maps to (RFC 2464 section 7). */
export function multicastMac(group: Ipv6Address): MacAddress {
  return `33:33:${[...ipBytes(group).subarray(12)].map((b) => b.toString(16).padStart(2, '0')).join(':')}` as MacAddress;
}

/** An Ethernet II frame without its check sequence; with `vlan` an 802.1Q tag of that VLAN identifier (1..4094). */
export function ethernetFrame(frame: {
  source: MacAddress;
  destination: MacAddress;
  type: number;
  payload: Buffer;
  vlan?: number;
}): Buffer {
  const header = bytes(12, (b) => {
    macBytes(frame.destination).copy(b, 0);
    macBytes(frame.source).copy(b, 6);
  });
  const word = (value: number) => bytes(2, (b) => b.writeUInt16BE(value));
  const tag = frame.vlan === undefined ? [] : [word(etherType.vlan), word(frame.vlan)];
  return Buffer.concat([header, ...tag, word(frame.type), frame.payload]);
}

/** An 802.3 frame with an LLC header, as bridge protocol data units have it. */
export function llcFrame(frame: { source: MacAddress; destination: MacAddress; payload: Buffer }): Buffer {
  const llc = Buffer.concat([Buffer.from([0x42, 0x42, 0x03]), frame.payload]);
  return ethernetFrame({ ...frame, type: llc.length, payload: llc });
}

/** ARP packet (RFC 826): `request` 1, `reply` 2. */
export function arpPacket(arp: {
  operation: 'request' | 'reply';
  senderMac: MacAddress;
  senderIp: Ipv4Address;
  targetMac: MacAddress;
  targetIp: Ipv4Address;
}): Buffer {
  return Buffer.concat([
    Buffer.from([0, 1, 8, 0, 6, 4, 0, arp.operation === 'request' ? 1 : 2]),
    macBytes(arp.senderMac),
    ipBytes(arp.senderIp),
    macBytes(arp.targetMac),
    ipBytes(arp.targetIp),
  ]);
}

/** Checksum over pseudo-header and segment (RFC 9293, RFC 8200 section 8.1). */
function transportChecksum(
  source: Ipv4Address | Ipv6Address,
  destination: Ipv4Address | Ipv6Address,
  protocol: number,
  segment: Buffer,
): number {
  const pseudo = bytes(8, (b) => {
    b.writeUInt32BE(segment.length, 0);
    b.writeUInt32BE(protocol, 4);
  });
  return checksum(Buffer.concat([ipBytes(source), ipBytes(destination), pseudo, segment]));
}

interface Ends<Address> {
  source: Address;
  destination: Address;
}

/** IPv4 packet (RFC 791) without options. */
export function ipv4Packet(ip: Ends<Ipv4Address> & { protocol: number; payload: Buffer; ttl?: number }): Buffer {
  const header = bytes(20, (b) => {
    b[0] = 0x45;
    b.writeUInt16BE(20 + ip.payload.length, 2);
    b[8] = ip.ttl ?? 64;
    b[9] = ip.protocol;
    ipBytes(ip.source).copy(b, 12);
    ipBytes(ip.destination).copy(b, 16);
    b.writeUInt16BE(checksum(b), 10);
  });
  return Buffer.concat([header, ip.payload]);
}

/** IPv6 packet (RFC 8200) without extension headers. ND needs a hop limit of 255 (RFC 4861 section 7.1). */
export function ipv6Packet(ip: Ends<Ipv6Address> & { protocol: number; payload: Buffer; hopLimit?: number }): Buffer {
  const header = bytes(40, (b) => {
    b[0] = 0x60;
    b.writeUInt16BE(ip.payload.length, 4);
    b[6] = ip.protocol;
    b[7] = ip.hopLimit ?? 64;
    ipBytes(ip.source).copy(b, 8);
    ipBytes(ip.destination).copy(b, 24);
  });
  return Buffer.concat([header, ip.payload]);
}

/** UDP datagram (RFC 768) inside an IPv4 or IPv6 packet. */
export function udpPacket(
  udp: Ends<Ipv4Address | Ipv6Address> & { sourcePort: number; destinationPort: number; payload: Buffer },
): Buffer {
  const segment = Buffer.concat([Buffer.alloc(8), udp.payload]);
  segment.writeUInt16BE(udp.sourcePort, 0);
  segment.writeUInt16BE(udp.destinationPort, 2);
  segment.writeUInt16BE(segment.length, 4);
  segment.writeUInt16BE(transportChecksum(udp.source, udp.destination, 17, segment) || 0xffff, 6);
  return udp.source.includes(':')
    ? ipv6Packet({ ...(udp as Ends<Ipv6Address>), protocol: 17, payload: segment })
    : ipv4Packet({ ...(udp as Ends<Ipv4Address>), protocol: 17, payload: segment });
}

/** ICMP echo request (RFC 792) inside an IPv4 packet. */
export function icmpEcho(icmp: Ends<Ipv4Address> & { identifier: number; payload: Buffer }): Buffer {
  const message = Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 0, 0, 1]), icmp.payload]);
  message.writeUInt16BE(icmp.identifier, 4);
  message.writeUInt16BE(checksum(message), 2);
  return ipv4Packet({ ...icmp, protocol: 1, payload: message });
}

/** ICMPv6 message inside an IPv6 packet with hop limit 255; `body` follows type, code and checksum. */
export function icmpv6Packet(icmp: Ends<Ipv6Address> & { type: number; body: Buffer }): Buffer {
  const message = Buffer.concat([Buffer.from([icmp.type, 0, 0, 0]), icmp.body]);
  message.writeUInt16BE(transportChecksum(icmp.source, icmp.destination, 58, message), 2);
  return ipv6Packet({ ...icmp, protocol: 58, payload: message, hopLimit: 255 });
}
