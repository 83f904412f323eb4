import { randomBytes } from 'node:crypto';
import type { DesiredNic } from '../../../model/desired-state.ts';
import { type Ipv4Address, linkLocal, parseIpv6 } from '../../../model/ip-address.ts';
import { type MacAddress, macFromInteger, macToInteger } from '../../../model/mac-address.ts';
import { arpPacket, ethernetFrame, etherType, icmpv6Packet, macBytes, udpPacket } from '../../../system/raw-frame.ts';

/** A frame that the test port sends to its counterpart, and whether the guard is to let it pass. */
export interface TestFrame {
  readonly name: string;
  readonly passes: boolean;
  readonly frame: Buffer;
  /** Bytes that no other frame holds. */
  readonly marker: Buffer;
}

/** Addresses that no NIC of the segment has. */
export interface ForeignAddresses {
  readonly ipv4: Ipv4Address;
  readonly gateway: Ipv4Address;
}

/** One frame of each kind that matters, all to `receiver` alone: whoever lets one pass disturbs nobody else. */
export function listTestFrames(sender: DesiredNic, receiver: MacAddress, foreign: ForeignAddresses): TestFrame[] {
  const { mac, ipv4 } = sender;
  // A test port has an even MAC.
  const stranger = macFromInteger(macToInteger(mac) + 1);
  const own6 = linkLocal(mac);
  const allNodes = parseIpv6('ff02::1');
  const frames: TestFrame[] = [];
  const add = (name: string, passes: boolean, make: (marker: Buffer) => Buffer): void => {
    const marker = randomBytes(16);
    frames.push({ name, passes, frame: make(marker), marker });
  };
  const ethernet = (type: number, payload: Buffer, source = mac): Buffer =>
    ethernetFrame({ source, destination: receiver, type, payload });
  const udp = (source: Ipv4Address, marker: Buffer, sourcePort = 9): Buffer =>
    udpPacket({ source, destination: foreign.ipv4, sourcePort, destinationPort: 9, payload: marker });
  const arp = (senderMac: MacAddress, senderIp: Ipv4Address, marker: Buffer): Buffer =>
    ethernet(
      etherType.arp,
      Buffer.concat([
        arpPacket({ operation: 'reply', senderMac, senderIp, targetMac: receiver, targetIp: foreign.ipv4 }),
        marker,
      ]),
    );
  const udp6 = (source: typeof own6, marker: Buffer): Buffer =>
    udpPacket({ source, destination: allNodes, sourcePort: 9, destinationPort: 9, payload: marker });
  const routerAdvertisement = (marker: Buffer): Buffer => {
    // The marker is an option of a kind for experiments (RFC 4727), 24 octets long.
    const body = Buffer.concat([Buffer.alloc(12), Buffer.from([253, 3, 0, 0, 0, 0, 0, 0]), marker]);
    return icmpv6Packet({ source: own6, destination: allNodes, type: 134, body });
  };
  add('its own IPv4 address', true, (marker) => ethernet(etherType.ipv4, udp(ipv4, marker)));
  add('its own address by ARP', true, (marker) => arp(mac, ipv4, marker));
  add('its own IPv6 address', true, (marker) => ethernet(etherType.ipv6, udp6(own6, marker)));
  add('a foreign MAC', false, (marker) => ethernet(etherType.ipv4, udp(ipv4, marker), stranger));
  add('a foreign IPv4 address', false, (marker) => ethernet(etherType.ipv4, udp(foreign.ipv4, marker)));
  add("the gateway's IPv4 address", false, (marker) => ethernet(etherType.ipv4, udp(foreign.gateway, marker)));
  add("the gateway's address by ARP", false, (marker) => arp(mac, foreign.gateway, marker));
  add('a foreign MAC by ARP', false, (marker) => arp(stranger, ipv4, marker));
  add('a foreign IPv6 address', false, (marker) => ethernet(etherType.ipv6, udp6(linkLocal(stranger), marker)));
  add("a DHCP server's answer", false, (marker) => ethernet(etherType.ipv4, udp(ipv4, marker, 67)));
  add('a router advertisement', false, (marker) => ethernet(etherType.ipv6, routerAdvertisement(marker)));
  add('an unknown EtherType', false, (marker) => ethernet(0x88b5, Buffer.concat([macBytes(mac), marker])));
  return frames;
}
