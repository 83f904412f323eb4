import { type Ipv4Address, type Ipv6Address, linkLocal, parseIpv4, parseIpv6 } from '../../../model/ip-address.ts';
import { type MacAddress, macFromInteger } from '../../../model/mac-address.ts';
import {
  arpPacket,
  broadcastMac,
  ethernetFrame,
  etherType,
  icmpv6Packet,
  ipBytes,
  macBytes,
  multicastMac,
} from '../../../system/raw-frame.ts';
import type { WireQuestion } from '../../driver.ts';

const unspecified4 = parseIpv4('0.0.0.0');
const unspecified6 = parseIpv6('::');
const allNodes = parseIpv6('ff02::1');
const noMac = macFromInteger(0);

/** ARP probe (RFC 5227 section 2.1.1): the sender has no address, so nobody's cache changes. */
function arpProbe(source: MacAddress, target: Ipv4Address, destination = broadcastMac): Buffer {
  return ethernetFrame({
    source,
    destination,
    type: etherType.arp,
    payload: arpPacket({
      operation: 'request',
      senderMac: source,
      senderIp: unspecified4,
      targetMac: noMac,
      targetIp: target,
    }),
  });
}

/**
 * Neighbour solicitation of duplicate address detection (RFC 4862 section 5.4.2): from "::", without options. Once to
 * the group, and once to everybody: a bridge that snoops on MLD keeps the group from ports that it has not heard of
 * (RFC 4541), and who squats an address need not have said that it listens.
 */
function neighbourProbes(source: MacAddress, target: Ipv6Address): Buffer[] {
  const last = ipBytes(target).subarray(13).toString('hex');
  const group = parseIpv6(`ff02::1:ff${last.slice(0, 2)}:${last.slice(2)}`);
  const payload = icmpv6Packet({
    source: unspecified6,
    destination: group,
    type: 135,
    body: Buffer.concat([Buffer.alloc(4), ipBytes(target)]),
  });
  return [multicastMac(group), broadcastMac].map((destination) =>
    ethernetFrame({ source, destination, type: etherType.ipv6, payload }),
  );
}

/**
 * The question whether a neighbour is still there (RFC 4861 section 7.3.3): to it alone, and answered to us alone, where
 * duplicate address detection would be answered to all nodes.
 */
function solicitation(source: MacAddress, target: Ipv6Address, destination: MacAddress): Buffer {
  return ethernetFrame({
    source,
    destination,
    type: etherType.ipv6,
    payload: icmpv6Packet({
      source: linkLocal(source),
      destination: target,
      type: 135,
      body: Buffer.concat([Buffer.alloc(4), ipBytes(target), Buffer.from([1, 1]), macBytes(source)]),
    }),
  });
}

/** An echo request to all nodes in a frame to one of them alone: only who has that MAC address takes it. */
function echoTo(source: MacAddress, destination: MacAddress): Buffer {
  return ethernetFrame({
    source,
    destination,
    type: etherType.ipv6,
    payload: icmpv6Packet({
      source: linkLocal(source),
      destination: allNodes,
      type: 128,
      body: Buffer.from([0x42, 0x4b, 0, 1]),
    }),
  });
}

/**
 * Frames that ask what a question asks. A MAC address is asked for by name and, since a guarded port gets no frames
 * for addresses that are not its own, through the link-local address that goes with it (RFC 4291 appendix A).
 */
export function framesOf(question: WireQuestion, source: MacAddress): Buffer[] {
  const { mac, ipv4, ipv6, to } = question;
  if (to !== undefined) {
    return [
      ...(ipv4 === undefined ? [] : [arpProbe(source, ipv4, to)]),
      ...(ipv6 === undefined ? [] : [solicitation(source, ipv6, to)]),
    ];
  }
  return [
    ...(ipv4 === undefined ? [] : [arpProbe(source, ipv4)]),
    ...(ipv6 === undefined ? [] : neighbourProbes(source, ipv6)),
    ...(mac === undefined ? [] : [echoTo(source, mac), ...neighbourProbes(source, linkLocal(mac))]),
  ];
}

/** What a frame says of its sender. */
export interface Heard {
  /** Source of the frame. */
  readonly mac: string;
  /** Address that the sender says is its own: by ARP (RFC 826) or by an advertisement (RFC 4861). */
  readonly ip?: string;
}

/** Reads a frame of ARP or ICMPv6; undefined for what is too short to be one. */
export function readAnswer(frame: Buffer): Heard | undefined {
  if (frame.length < 42) return undefined;
  const mac = macFromInteger(frame.readUIntBE(6, 6));
  const type = frame.readUInt16BE(12);
  if (type === etherType.arp) {
    const ip = [...frame.subarray(28, 32)].join('.');
    return ip === unspecified4 ? { mac } : { mac, ip };
  }
  if (type !== etherType.ipv6 || frame.length < 58) return undefined;
  if (frame[54] !== 136 || frame.length < 78) return { mac };
  const target = frame.subarray(62, 78).toString('hex').match(/.{4}/g) as string[];
  return { mac, ip: parseIpv6(target.join(':')) };
}
