import { extensionHeaders, type ReadFrame, type ReadIp } from './frame.ts';

/** Who holds what, as the registry says: the measure of what may be seen on the wire. */
export interface Facts {
  /** MAC → IP addresses of its NIC, link-local ones too. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** The gateway on the segment: it may speak for every address. */
  readonly gatewayMac: string;
  readonly gatewayIps: readonly string[];
  readonly uplinkMac: string;
  /** Of the ports themselves: as devices of the host they may ask for routers and groups (towards their guest alone). */
  readonly portMacs: readonly string[];
  /** Addresses that may be seen from the uplink. */
  readonly sharedIps: readonly string[];
  readonly worldMac: string;
}

const linkLocalGroup = /^01:80:c2:00:00:0/;
const unspecified: readonly string[] = ['0.0.0.0', '::'];
/** Router advertisement, redirect, MLD query, multicast router discovery. */
const routerMessages: readonly number[] = [130, 134, 137, 151, 153];

function judgeIpv4(ip: ReadIp, mac: string, own: readonly string[]): string | undefined {
  const isUdp = ip.protocol === 17;
  if (isUdp && (ip.sourcePort === 67 || ip.destinationPort === 68)) return `a DHCP server's message from ${mac}`;
  if (isUdp && ip.destinationPort === 67 && ip.chaddr !== mac) {
    return `a datagram of ${mac} to a DHCP server ${ip.chaddr ? `in the name of ${ip.chaddr}` : 'that is no request'}`;
  }
  if (ip.protocol === 2 && ip.messageType === 0x11) return `an IGMP query from ${mac}`;
  if (own.includes(ip.source)) return undefined;
  const asksDhcp = isUdp && ip.source === '0.0.0.0' && ip.sourcePort === 68 && ip.destinationPort === 67;
  return asksDhcp ? undefined : `source ${ip.source}, which ${mac} does not hold`;
}

function judgeIpv6(ip: ReadIp, mac: string, own: readonly string[]): string | undefined {
  const type = ip.protocol === 58 ? ip.messageType : undefined;
  // Clients look at the port that a server speaks to, few at the one that it speaks from.
  if (ip.protocol === 17 && (ip.sourcePort === 547 || ip.destinationPort === 546))
    return `a DHCPv6 server's message from ${mac}`;
  if (type !== undefined && routerMessages.includes(type))
    return `a router's message (ICMPv6 type ${type}) from ${mac}`;
  if (type !== undefined && type >= 133 && type <= 136 && ip.headers.length > 0) {
    return `neighbour discovery behind headers ${ip.headers.join(', ')}`;
  }
  // A fragment that begins with yet another header hides what follows (RFC 7112).
  const behindFragment = ip.headers.indexOf(44) + 1;
  const hides = behindFragment > 0 && (behindFragment < ip.headers.length || extensionHeaders.includes(ip.protocol));
  if (hides) return 'a fragment that hides what follows';
  if (type === 136 && !own.includes(ip.target ?? '')) return `an advertisement of ${ip.target} by ${mac}`;
  const foreign = ip.linkLayer.find((address) => address !== mac);
  if (foreign !== undefined) return `neighbour discovery that says ${foreign}, from ${mac}`;
  if (own.includes(ip.source)) return undefined;
  if (type === 135 && ip.source === '::' && !own.includes(ip.target ?? ''))
    return `a question of ${mac} whether ${ip.target} is free`;
  const beforeAddress = ip.source === '::' && type !== undefined && [131, 132, 133, 135, 143].includes(type);
  return beforeAddress ? undefined : `source ${ip.source}, which ${mac} does not hold`;
}

/**
 * What is wrong with a frame on the segment, measured by what the registry gave to whom; undefined when nothing is.
 * `fromGateway`: the gateway itself may have sent it, as it may have what a guest receives.
 */
export function judgeOnSegment(frame: ReadFrame, facts: Facts, fromGateway: boolean): string | undefined {
  if (frame.tags.length > 0) return `a VLAN tag (${frame.tags.join(', ')})`;
  if (linkLocalGroup.test(frame.destination)) return `a frame to the switches' group ${frame.destination}`;
  if (![0x0800, 0x0806, 0x86dd].includes(frame.type)) return `EtherType 0x${frame.type.toString(16).padStart(4, '0')}`;
  if (frame.source === facts.gatewayMac) {
    if (!fromGateway) return "the gateway's MAC address as source";
    if (frame.arp && frame.arp.senderMac !== facts.gatewayMac)
      return `ARP of the gateway that says ${frame.arp.senderMac}`;
    return undefined;
  }
  const own = facts.holders.get(frame.source);
  if (fromGateway && facts.portMacs.includes(frame.source)) return undefined;
  if (own === undefined) return `source MAC address ${frame.source}, which nobody holds`;
  if (frame.arp) {
    const { senderMac, senderIp, targetIp } = frame.arp;
    if (senderMac !== frame.source) return `ARP that says ${senderMac}, from ${frame.source}`;
    // A probe (RFC 5227) asks from nobody's address about one's own.
    const probes = senderIp === '0.0.0.0' && own.includes(targetIp);
    return own.includes(senderIp) || probes
      ? undefined
      : `ARP that claims ${senderIp}, which ${senderMac} does not hold`;
  }
  if (!frame.ip) return 'a frame that is cut off, or not what its EtherType says';
  return frame.type === 0x0800 ? judgeIpv4(frame.ip, frame.source, own) : judgeIpv6(frame.ip, frame.source, own);
}

/** What is wrong with a frame that left by the uplink; undefined when nothing is. */
export function judgeAtUplink(frame: ReadFrame, facts: Facts): string | undefined {
  if (frame.tags.length > 0) return `a VLAN tag (${frame.tags.join(', ')})`;
  if (![0x0800, 0x0806, 0x86dd].includes(frame.type)) return `EtherType 0x${frame.type.toString(16).padStart(4, '0')}`;
  if (frame.source !== facts.uplinkMac) return `source MAC address ${frame.source} at the uplink`;
  const sender = frame.arp?.senderIp ?? frame.ip?.source;
  if (frame.arp && frame.arp.senderMac !== facts.uplinkMac) return `ARP at the uplink that says ${frame.arp.senderMac}`;
  if (sender === undefined) return 'a frame that is cut off, or not what its EtherType says';
  return [...facts.sharedIps, ...unspecified].includes(sender) ? undefined : `source ${sender} at the uplink`;
}
