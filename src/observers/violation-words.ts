import type { DesiredNic, DesiredSegment } from '../model/desired-state.ts';
import type { EventSubject, Severity } from '../model/event.ts';
import { renderRate } from '../model/quantity.ts';
import type { SeenFrame } from './seen-frame.ts';
import { renderCount } from './words.ts';

/** What is known of frames that were dropped, of one port and one offence. */
export interface Offence {
  readonly offence: string;
  readonly port: string;
  readonly count: number;
  readonly subject: EventSubject;
  readonly nic: DesiredNic | undefined;
  readonly segment: DesiredSegment | undefined;
  /** One of them. */
  readonly seen: SeenFrame | undefined;
  /** They came from many MAC addresses, of which `seen` has one. */
  readonly many: boolean;
}

/** Those that harm others when they are let through are worse than those that only do not belong there. */
export const severityOf = (offence: string): Severity => (offence === 'foreign_frame' ? 'info' : 'warning');

const macsOf = ({ mac, also }: DesiredNic): string[] => [mac, ...(also === undefined ? [] : [also])];

/** What the port may send. */
export function expectedOf({ offence, nic, segment }: Offence): string {
  if (offence === 'storm' && segment) return `at most ${renderRate(segment.storm)} broadcasts and multicasts`;
  if (nic === undefined) return 'nothing: no NIC of the site is there';
  return `only ${macsOf(nic).join(' or ')} with ${[...nic.sources4, ...nic.sources6].join(', ')}`;
}

const holds = ({ nic }: Offence, mac: string): boolean => nic !== undefined && macsOf(nic).includes(mac);

const fromMac = ({ many }: Offence, mac: string): string =>
  many
    ? `from many MAC addresses that it does not hold, such as ${mac}`
    : `from MAC address ${mac} that it does not hold`;

const unspecified = new Set<string | undefined>([undefined, '0.0.0.0', '::']);

/** The first of what an IP packet may lie about that is not the NIC's own. */
function ipLie(offence: Offence, family: 'IPv4' | 'IPv6'): string {
  const { nic, seen } = offence;
  if (seen === undefined) return `from ${family} or MAC addresses that it does not hold`;
  if (nic === undefined || !holds(offence, seen.source)) return fromMac(offence, seen.source);
  const own: readonly string[] = family === 'IPv4' ? nic.sources4 : nic.sources6;
  const { address, claims } = seen;
  const claimed = claims?.address;
  if (claimed !== undefined && !own.includes(claimed) && (unspecified.has(address) || own.includes(address as string)))
    return `claiming ${family} address ${claimed}, which it does not hold`;
  if (address !== undefined && !own.includes(address)) return `from ${family} address ${address} that it does not hold`;
  if (claims?.mac !== undefined && !holds(offence, claims.mac))
    return `claiming to be at MAC address ${claims.mac}, which it does not hold`;
  return `of ${family} that no NIC may send (${seen.words})`;
}

function arpLie(offence: Offence): string {
  const { nic, seen } = offence;
  if (seen === undefined) return 'of ARP speaking for somebody else';
  if (nic === undefined || !holds(offence, seen.source)) return `of ARP ${fromMac(offence, seen.source)}`;
  const { mac, address } = seen.claims ?? {};
  if (address !== undefined && !(nic.sources4 as readonly string[]).includes(address))
    return `of ARP claiming ${address}, which it does not hold`;
  if (mac !== undefined && !holds(offence, mac))
    return `of ARP claiming to be at MAC address ${mac}, which it does not hold`;
  return `of ARP that no NIC may send (${seen.words})`;
}

function dhcpLie({ seen, many }: Offence): string {
  const client = seen?.claims?.mac;
  if (client === undefined) return 'of DHCP asking in the name of somebody else';
  return `of DHCP asking in the name of ${many ? 'many clients, such as ' : ''}${client}`;
}

const what: Readonly<Record<string, (offence: Offence) => string>> = {
  spoofed_ipv4: (offence) => ipLie(offence, 'IPv4'),
  spoofed_ipv6: (offence) => ipLie(offence, 'IPv6'),
  spoofed_arp: arpLie,
  spoofed_dhcp: dhcpLie,
  rogue_dhcp: () => 'as a DHCP server, which only the host may be',
  rogue_dhcp6: () => 'as a DHCPv6 server, which only the host may be',
  rogue_router: () => 'as an IPv6 router, which only the host may be',
  rogue_router4: () => 'as a multicast router, which only the host may be',
  foreign_frame: ({ seen }) => `other than untagged IP and ARP${seen ? ` (${seen.words})` : ''}`,
  foreign_port: () => 'to guests',
  storm: ({ segment }) =>
    `of broadcast and multicast over ${segment ? renderRate(segment.storm) : 'the rate of its segment'}`,
};

/** `port "bkp-web1.0" of guest "web1" sent 12 frames from MAC address … that it does not hold; they were dropped`. */
export function textOf(offence: Offence): string {
  const { port, subject, count } = offence;
  const whose = subject.guest === undefined ? ', which no NIC of the site has,' : ` of guest "${subject.guest}"`;
  const words = what[offence.offence]?.(offence) ?? `that break the rules (${offence.offence})`;
  return `port "${port}"${whose} sent ${renderCount(count, 'frame')} ${words}; ${count === 1 ? 'it was' : 'they were'} dropped`;
}

/** One of the frames. */
export function seenOf({ seen, nic }: Offence): string | undefined {
  if (seen === undefined) return undefined;
  const own = nic !== undefined && macsOf(nic).includes(seen.source) ? ' (its own)' : '';
  return `${seen.words}; from ${seen.source}${own} to ${seen.destination}`;
}
