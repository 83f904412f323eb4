import { type IpAddress, ipOfBytes } from '../model/ip-address.ts';
import { type MacAddress, macFromInteger } from '../model/mac-address.ts';

/** What the beginning of a frame says, as far as it goes. */
export interface SeenFrame {
  readonly source: MacAddress;
  readonly destination: MacAddress;
  /** Behind VLAN tags; absent for a frame with a length (IEEE 802.3). */
  readonly etherType?: number;
  readonly vlans: readonly number[];
  /** Source of an IP packet, sender of ARP. */
  readonly address?: IpAddress;
  /** What it says to be at the address: sender of ARP, option of neighbour discovery, client of DHCP. */
  readonly claims?: { readonly mac?: MacAddress; readonly address?: IpAddress };
  /** In a few words, such as `an ARP reply that says 10.0.0.1 is at 02:…`. */
  readonly words: string;
}

const etherTypeNames: Readonly<Record<number, string>> = {
  34887: 'MPLS',
  34915: 'PPPoE discovery',
  34916: 'PPPoE',
  34958: 'IEEE 802.1X',
  35020: 'LLDP',
  35045: 'MACsec',
};

const dhcpTypes = ['', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'];
const dhcp6Types = ['', 'SOLICIT', 'ADVERTISE', 'REQUEST', 'CONFIRM', 'RENEW', 'REBIND', 'REPLY', 'RELEASE', 'DECLINE'];
const icmp6Names: Readonly<Record<number, string>> = {
  130: 'an MLD query',
  131: 'an MLD report',
  132: 'an MLD done',
  133: 'a router solicitation',
  134: 'a router advertisement',
  137: 'a redirect',
  143: 'an MLD report',
  151: 'a multicast router advertisement',
  153: 'a multicast router termination',
};
const protocolNames: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMPv6',
  103: 'PIM',
  132: 'SCTP',
};
/** VLAN tags of a frame that are told; honest ones have two. */
const mostTags = 4;
/** Extension headers that say where the next begins. */
const extensions = new Set([0, 43, 60]);

const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

/** Reads at offsets and answers 0 behind the end: a sample is cut off anywhere. */
class Reader {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  u16(at: number): number {
    return this.u8(at) * 256 + this.u8(at + 1);
  }

  mac(at: number): MacAddress {
    let value = 0;
    for (let i = 0; i < 6; i++) value = value * 256 + this.u8(at + i);
    return macFromInteger(value);
  }

  ip(at: number, length: 4 | 16): IpAddress {
    return ipOfBytes(Uint8Array.from({ length }, (_, i) => this.u8(at + i)));
  }
}

type Inside = Pick<SeenFrame, 'address' | 'claims' | 'words'>;

function readArp(frame: Reader, at: number): Inside {
  if (frame.u16(at) !== 1 || frame.u16(at + 2) !== 0x0800 || frame.u8(at + 4) !== 6 || frame.u8(at + 5) !== 4)
    return { words: 'ARP for something else than Ethernet and IPv4' };
  const operation = frame.u16(at + 6);
  const mac = frame.mac(at + 8);
  const address = frame.ip(at + 14, 4);
  const target = frame.ip(at + 24, 4);
  const claims = { mac, address };
  if (operation === 1 && address === '0.0.0.0')
    return { address, claims: { mac, address: target }, words: `an ARP probe for ${target}` };
  const kind = operation === 1 ? 'request' : operation === 2 ? 'reply' : `message of type ${operation}`;
  const asks = operation === 1 && target !== address ? `, asking for ${target}` : '';
  return { address, claims, words: `an ARP ${kind} that says ${address} is at ${mac}${asks}` };
}

/** Type of a DHCP message out of its options (RFC 2132 section 9.6); they may be cut off. */
function dhcpType(frame: Reader, from: number): string {
  for (let at = from; at + 2 < frame.length && frame.u8(at) !== 255; ) {
    if (frame.u8(at) === 53) return dhcpTypes[frame.u8(at + 2)] ?? '';
    at += frame.u8(at) === 0 ? 1 : 2 + frame.u8(at + 1);
  }
  return '';
}

function readUdp(frame: Reader, at: number, from: IpAddress, to: IpAddress): Inside {
  const source = frame.u16(at);
  const destination = frame.u16(at + 2);
  const body = at + 8;
  const six = from.includes(':');
  const known = frame.u8(body) === 1 || frame.u8(body) === 2;
  if (!six && known && (source === 67 || destination === 67 || destination === 68)) {
    const server = frame.u8(body) === 2 || source === 67;
    const type = dhcpType(frame, body + 240);
    const kind = `a DHCP ${type === '' ? (server ? 'answer' : 'request') : type}`;
    const mac = frame.mac(body + 28);
    if (server) return { address: from, words: `${kind} of a server at ${from} for client ${mac}` };
    return { address: from, claims: { mac }, words: `${kind} of client ${mac}` };
  }
  if (six && (source === 547 || destination === 546 || destination === 547)) {
    const type = dhcp6Types[frame.u8(body)] ?? '';
    return { address: from, words: `a DHCPv6 ${type === '' ? 'message' : type} of ${from}` };
  }
  return { address: from, words: `UDP from ${from} port ${source} to ${to} port ${destination}` };
}

function readPacket(frame: Reader, protocol: number, at: number, from: IpAddress, to: IpAddress): Inside {
  if (protocol === 17) return readUdp(frame, at, from, to);
  if (protocol === 6)
    return { address: from, words: `TCP from ${from} port ${frame.u16(at)} to ${to} port ${frame.u16(at + 2)}` };
  if (protocol === 2)
    return { address: from, words: `IGMP of type ${hex(frame.u8(at)).replace('0x00', '0x')} from ${from}` };
  if (protocol === 58) return readIcmp6(frame, at, from, to);
  return { address: from, words: `${protocolNames[protocol] ?? `IP protocol ${protocol}`} from ${from} to ${to}` };
}

/** Neighbour discovery (RFC 4861) says which address is where. */
function readIcmp6(frame: Reader, at: number, from: IpAddress, to: IpAddress): Inside {
  const type = frame.u8(at);
  const option = at + (type === 133 ? 8 : 24);
  const tells = frame.u8(option) === (type === 136 ? 2 : 1) && frame.u8(option + 1) === 1;
  const mac = tells ? { mac: frame.mac(option + 2) } : {};
  if (type !== 135 && type !== 136) {
    const words = `${icmp6Names[type] ?? `ICMPv6 of type ${type}`} from ${from} to ${to}`;
    return { address: from, ...(type === 133 ? { claims: mac } : {}), words };
  }
  const address = frame.ip(at + 8, 16);
  // Duplicate address detection asks for the address that it wants to have.
  const claimed = type === 136 || from === '::' ? { address } : {};
  const where = mac.mac === undefined ? '' : ` that says ${type === 136 ? address : from} is at ${mac.mac}`;
  const words = type === 136 ? `a neighbour advertisement${where}` : `a neighbour solicitation for ${address}${where}`;
  return { address: from, claims: { ...mac, ...claimed }, words };
}

function readIpv4(frame: Reader, at: number): Inside {
  const from = frame.ip(at + 12, 4);
  const to = frame.ip(at + 16, 4);
  const later = (frame.u16(at + 6) & 0x1fff) !== 0;
  if (later) return { address: from, words: `a later fragment from ${from} to ${to}` };
  return readPacket(frame, frame.u8(at + 9), at + (frame.u8(at) & 15) * 4, from, to);
}

function readIpv6(frame: Reader, start: number): Inside {
  const from = frame.ip(start + 8, 16);
  const to = frame.ip(start + 24, 16);
  let next = frame.u8(start + 6);
  let at = start + 40;
  let fragment = false;
  // Each header is at least 8 octets, so this ends with the sample.
  while ((extensions.has(next) || next === 44) && at < frame.length) {
    if (next === 44 && (frame.u16(at + 2) & 0xfff8) !== 0)
      return { address: from, words: `a later fragment from ${from} to ${to}` };
    fragment ||= next === 44;
    const size = next === 44 ? 8 : (frame.u8(at + 1) + 1) * 8;
    next = frame.u8(at);
    at += size;
  }
  const inside = readPacket(frame, next, at, from, to);
  const how = [at > start + 40 + (fragment ? 8 : 0) ? 'behind other headers' : '', fragment ? 'in a fragment' : ''];
  return { ...inside, words: [inside.words, ...how.filter((word) => word !== '')].join(' ') };
}

function readInside(frame: Reader, type: number, at: number): Inside {
  if (type === 0x0806) return readArp(frame, at);
  if (type === 0x0800) return readIpv4(frame, at);
  if (type === 0x86dd) return readIpv6(frame, at);
  const named = etherTypeNames[type];
  return { words: named === undefined ? `a frame of EtherType ${hex(type)}` : `${named} (EtherType ${hex(type)})` };
}

/** Reads the first bytes of a frame; undefined when there is not even an Ethernet header. */
export function readFrame(bytes: Uint8Array): SeenFrame | undefined {
  if (bytes.length < 14) return undefined;
  const frame = new Reader(bytes);
  const vlans: number[] = [];
  let at = 12;
  while ((frame.u16(at) === 0x8100 || frame.u16(at) === 0x88a8) && at + 6 <= frame.length) {
    vlans.push(frame.u16(at + 2) & 0xfff);
    at += 4;
  }
  const type = frame.u16(at);
  const ends = { source: frame.mac(6), destination: frame.mac(0), vlans };
  if (type < 0x0600) {
    const spanningTree = frame.u16(at + 2) === 0x4242;
    return { ...ends, words: spanningTree ? 'a spanning tree message' : 'an IEEE 802.3 frame' };
  }
  const inside = readInside(frame, type, at + 2);
  // A frame may be full of them.
  const told = [...vlans.slice(0, mostTags), ...(vlans.length > mostTags ? [`${vlans.length - mostTags} more`] : [])];
  const tags = vlans.length === 0 ? '' : ` with VLAN tag ${told.join(' and ')}`;
  return { ...ends, etherType: type, ...inside, words: `${inside.words}${tags}` };
}
