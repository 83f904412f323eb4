import { readdirSync } from 'node:fs';
import type { DesiredNic } from '../../model/desired-state.ts';
import { parseIpv6 } from '../../model/ip-address.ts';
import { openPacketSocket } from '../../system/packet-socket.ts';
import {
  arpPacket,
  broadcastMac,
  ethernetFrame,
  etherType,
  icmpv6Packet,
  ipBytes,
  macBytes,
  multicastMac,
} from '../../system/raw-frame.ts';

const allNodes = parseIpv6('ff02::1');
const neighbourAdvertisement = 136;

/** Says to whom it may concern that the addresses of a NIC are at its MAC address now. */
export function announcements({ mac, ipv4, ipv6, share }: DesiredNic): Buffer[] {
  const frames: Buffer[] = [];
  // A same-address guest speaks as the shared address, which on the segment is the gateway's to answer for.
  if (share === 'nat') {
    // ARP announcement (RFC 5227 section 3): a request about oneself.
    const arp = arpPacket({ operation: 'request', senderMac: mac, senderIp: ipv4, targetMac: mac, targetIp: ipv4 });
    frames.push(ethernetFrame({ source: mac, destination: broadcastMac, type: etherType.arp, payload: arp }));
  }
  if (ipv6 !== undefined) {
    // Unsolicited neighbour advertisement with the override flag and the target's link-layer address (RFC 4861 7.2.6).
    const body = Buffer.concat([Buffer.from([0x20, 0, 0, 0]), ipBytes(ipv6), Buffer.from([2, 1]), macBytes(mac)]);
    const payload = icmpv6Packet({ source: ipv6, destination: allNodes, type: neighbourAdvertisement, body });
    frames.push(ethernetFrame({ source: mac, destination: multicastMac(allNodes), type: etherType.ipv6, payload }));
  }
  return frames;
}

function portsOf(bridge: string): string[] {
  try {
    return readdirSync(`/sys/class/net/${bridge}/brif`);
  } catch (error) {
    // The bridge went; whoever took it away took its guests away, too.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Sends the announcements of each NIC out of every other port of its bridge. Not out of its own: a guest that brings
 * its interface up just now would take the advertisement for somebody else's, and give its address up (RFC 4862 5.4.4).
 * Sentences: what could not be told to whom. Never throws.
 */
export function announceNics(nics: readonly DesiredNic[]): string[] {
  const failures: string[] = [];
  for (const [bridge, group] of Map.groupBy(nics, (nic) => nic.bridge)) {
    const frames = group.map((nic) => ({ port: nic.port as string, frames: announcements(nic) }));
    for (const port of portsOf(bridge)) {
      try {
        const socket = openPacketSocket(port);
        try {
          for (const own of frames) if (own.port !== port) for (const frame of own.frames) socket.send(frame);
        } finally {
          socket.close();
        }
      } catch (error) {
        failures.push(`port "${port}" could not be told of new MAC addresses: ${(error as Error).message}`);
      }
    }
  }
  return failures;
}
