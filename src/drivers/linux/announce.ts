import { readdirSync, readFileSync } from 'node:fs';
import type { DesiredNic, DesiredState } from '../../model/desired-state.ts';
import { type Ipv6Address, linkLocal, parseIpv6 } from '../../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';
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
/** Flags of a neighbour advertisement. */
const router = 0x80;
const override = 0x20;

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
    frames.push(advertisement(ipv6, mac, multicastMac(allNodes), override));
  }
  return frames;
}

/** Unsolicited neighbour advertisement with the target's link-layer address (RFC 4861 section 7.2.6). */
function advertisement(target: Ipv6Address, mac: MacAddress, destination: MacAddress, flags: number): Buffer {
  const body = Buffer.concat([Buffer.from([flags, 0, 0, 0]), ipBytes(target), Buffer.from([2, 1]), macBytes(mac)]);
  const payload = icmpv6Packet({ source: target, destination: allNodes, type: neighbourAdvertisement, body });
  return ethernetFrame({ source: mac, destination, type: etherType.ipv6, payload });
}

/**
 * Tells a guest where its gateway is. With its MAC address a guest forgets its neighbours; what it asks at once over
 * IPv6 is still answered to its old address, and it would ask again only a second later.
 */
export function gatewayAdvertisements({ mac }: DesiredNic, gateway6: Ipv6Address, bridgeMac: MacAddress): Buffer[] {
  return [gateway6, linkLocal(bridgeMac)].map((target) => advertisement(target, bridgeMac, mac, router | override));
}

function macOfDevice(device: string): MacAddress | undefined {
  try {
    return parseMacAddress(readFileSync(`/sys/class/net/${device}/address`, 'utf8').trim());
  } catch (error) {
    // A device that goes while it is read answers EINVAL or ENODEV.
    if (['ENOENT', 'EINVAL', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
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
 * The guest itself is told where its gateway is. Sentences: what could not be told to whom. Never throws.
 */
export function announceNics(nics: readonly DesiredNic[], segments: DesiredState['segments']): string[] {
  const failures: string[] = [];
  for (const [bridge, group] of Map.groupBy(nics, (nic) => nic.bridge)) {
    const frames = group.map((nic) => ({ port: nic.port as string, frames: announcements(nic) }));
    const gateway6 = segments.get(group[0]?.segment ?? '')?.gateway6;
    const bridgeMac = macOfDevice(bridge);
    const gateways = new Map(
      group.map((nic) => [
        nic.port as string,
        gateway6 && bridgeMac ? gatewayAdvertisements(nic, gateway6, bridgeMac) : [],
      ]),
    );
    for (const port of portsOf(bridge)) {
      try {
        const socket = openPacketSocket(port);
        try {
          for (const own of frames) if (own.port !== port) for (const frame of own.frames) socket.send(frame);
          for (const frame of gateways.get(port) ?? []) socket.send(frame);
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
