import { ipv4FromInteger, ipv6FromInteger } from '../../src/model/ip-address.ts';

/**
 * One frame read with the eyes of whoever receives it. Written apart from the guard and from what renders frames for the
 * tests, so that a mistake of theirs is not repeated here.
 */
export interface ReadFrame {
  readonly source: string;
  readonly destination: string;
  /** VLAN identifiers, outermost first. */
  readonly tags: readonly number[];
  /** EtherType, or a length below 0x0600. */
  readonly type: number;
  readonly length: number;
  readonly arp?: ReadArp;
  readonly ip?: ReadIp;
}

export interface ReadArp {
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetIp: string;
}

export interface ReadIp {
  readonly source: string;
  readonly destination: string;
  /** Of the last header that could be read. */
  readonly protocol: number;
  /** Extension headers of IPv6 before it, by number. */
  readonly headers: readonly number[];
  /** A fragment; `later` one that is not the first. */
  readonly fragment?: 'first' | 'later';
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** First octet of an ICMP, ICMPv6 or IGMP message. */
  readonly messageType?: number;
  /** Target of neighbour discovery. */
  readonly target?: string;
  /** Link-layer addresses in options of neighbour discovery. */
  readonly linkLayer: readonly string[];
  /** Client's address in a DHCP message. */
  readonly chaddr?: string;
}

export const macAt = (frame: Uint8Array, at: number): string =>
  [...frame.subarray(at, at + 6)].map((octet) => octet.toString(16).padStart(2, '0')).join(':');

const tagTypes: readonly number[] = [0x8100, 0x88a8, 0x9100];

/** Extension headers that another header follows (RFC 8200 and 6275), and how long each is. */
export const extensionHeaders: readonly number[] = [0, 43, 44, 51, 60, 135];

function readTransport(data: Buffer, at: number, protocol: number): Partial<ReadIp> {
  const message = data[at];
  if (message === undefined) return {};
  if ((protocol === 17 || protocol === 6) && data.length >= at + 4) {
    const ports = { sourcePort: data.readUInt16BE(at), destinationPort: data.readUInt16BE(at + 2) };
    const isDhcp = protocol === 17 && (ports.destinationPort === 67 || ports.destinationPort === 68);
    return { ...ports, ...(isDhcp && data.length >= at + 42 ? { chaddr: macAt(data, at + 36) } : {}) };
  }
  if (protocol !== 58) return { messageType: message };
  const options = { 133: 8, 134: 16, 135: 24, 136: 24, 137: 40 }[message];
  if (options === undefined) return { messageType: message };
  const linkLayer: string[] = [];
  for (let o = at + options; o + 8 <= data.length; ) {
    const size = (data[o + 1] ?? 0) * 8;
    if (data[o] === 1 || data[o] === 2) linkLayer.push(macAt(data, o + 2));
    if (size === 0) break;
    o += size;
  }
  const target =
    message >= 135 && data.length >= at + 24 ? { target: ipv6FromInteger(readBig(data, at + 8)) as string } : {};
  return { messageType: message, linkLayer, ...target };
}

const readBig = (data: Buffer, at: number): bigint => (data.readBigUInt64BE(at) << 64n) | data.readBigUInt64BE(at + 8);

function readIpv4(data: Buffer): ReadIp | undefined {
  if (data.length < 20 || (data[0] as number) >> 4 !== 4) return undefined;
  const offset = data.readUInt16BE(6);
  const later = (offset & 0x1fff) !== 0;
  const fragment = later ? 'later' : (offset & 0x2000) !== 0 ? 'first' : undefined;
  const protocol = data[9] as number;
  return {
    source: ipv4FromInteger(data.readUInt32BE(12)),
    destination: ipv4FromInteger(data.readUInt32BE(16)),
    protocol,
    headers: [],
    linkLayer: [],
    ...(fragment ? { fragment } : {}),
    ...(later ? {} : readTransport(data, ((data[0] as number) & 15) * 4, protocol)),
  };
}

function readIpv6(data: Buffer): ReadIp | undefined {
  if (data.length < 40 || (data[0] as number) >> 4 !== 6) return undefined;
  const headers: number[] = [];
  let next = data[6] as number;
  let at = 40;
  let fragment: ReadIp['fragment'];
  while (extensionHeaders.includes(next) && fragment !== 'later' && data.length >= at + 8) {
    headers.push(next);
    if (next === 44) fragment = (data.readUInt16BE(at + 2) & 0xfff8) === 0 ? 'first' : 'later';
    const length =
      next === 44 ? 8 : next === 51 ? ((data[at + 1] as number) + 2) * 4 : ((data[at + 1] as number) + 1) * 8;
    next = data[at] as number;
    at += length;
  }
  return {
    source: ipv6FromInteger(readBig(data, 8)),
    destination: ipv6FromInteger(readBig(data, 24)),
    protocol: next,
    headers,
    linkLayer: [],
    ...(fragment ? { fragment } : {}),
    ...(fragment === 'later' ? {} : readTransport(data, at, next)),
  };
}

function readArp(data: Buffer): ReadArp | undefined {
  // Ethernet and IPv4 (RFC 826); anything else is not what a host on this wire understands.
  if (data.length < 28 || data.readUInt32BE(0) !== 0x0001_0800 || data.readUInt16BE(4) !== 0x0604) return undefined;
  return {
    operation: data.readUInt16BE(6),
    senderMac: macAt(data, 8),
    senderIp: ipv4FromInteger(data.readUInt32BE(14)),
    targetIp: ipv4FromInteger(data.readUInt32BE(24)),
  };
}

/** Reads a frame from its Ethernet header on. Undefined when it is too short for one. */
export function readFrame(data: Buffer): ReadFrame | undefined {
  if (data.length < 14) return undefined;
  const tags: number[] = [];
  let at = 12;
  let type = data.readUInt16BE(at);
  while (tagTypes.includes(type) && data.length >= at + 6) {
    tags.push(data.readUInt16BE(at + 2) & 0xfff);
    at += 4;
    type = data.readUInt16BE(at);
  }
  const rest = data.subarray(at + 2);
  const arp = type === 0x0806 ? readArp(rest) : undefined;
  const ip = type === 0x0800 ? readIpv4(rest) : type === 0x86dd ? readIpv6(rest) : undefined;
  return {
    source: macAt(data, 6),
    destination: macAt(data, 0),
    tags,
    type,
    length: data.length,
    ...(arp ? { arp } : {}),
    ...(ip ? { ip } : {}),
  };
}
