import { defaultBridgeName } from '../../model/default-names.ts';
import { labelOf } from '../../model/label-of.ts';
import type { MacRange } from '../../model/mac-range.ts';
import type { Label } from '../../model/names.ts';
import { gatewayOf, type Ipv4Subnet, type Ipv6Subnet, subnetHolds, subnetsOverlap } from '../../model/subnet.ts';
import type { Findings, FoundBridge } from '../findings.ts';
import { networkOf } from '../network/parse-network.ts';
import { choosePool, Labels, siteInterfaceName } from './choose-names.ts';
import { chooseSubnets, chooseSubnets6 } from './choose-networks.ts';
import { type ForwardSuggestions, suggestForwards } from './suggest-forwards.ts';
import { type SuggestedGuest, suggestGuests } from './suggest-guests.ts';

/** Octets that are drawn, so that two hosts get different pools and IPv6 networks. */
export type Random = (count: number) => Uint8Array;

export interface PlannedSegment {
  readonly name: Label;
  readonly bridge: string;
  readonly subnet: Ipv4Subnet;
  readonly subnet6?: Ipv6Subnet;
}

/** An existing bridge that could become a segment as it is: its own address is the first of its network. */
export interface AdoptableBridge {
  readonly name: Label;
  readonly bridge: FoundBridge;
  readonly subnet: string;
}

/** What a first site file says, before it is text. */
export interface PlannedSite {
  readonly name: Label;
  readonly pool: MacRange;
  /** The first is in force, the second an example that is switched off. */
  readonly segments: readonly [PlannedSegment, PlannedSegment];
  /** A wide route that covers the segments' networks. */
  readonly covered?: string;
  readonly mtu?: number;
  readonly adoptable: readonly AdoptableBridge[];
  readonly guests: readonly SuggestedGuest[];
  readonly forwards: ForwardSuggestions;
  readonly sessionsPerGuest: number;
}

/** Sessions and ports of one guest: the usual 1,000, or fewer where more guests share the address's ports. */
function sessionsFor(guests: number): number {
  const room = (ports: number): number => Math.floor(28_000 / ports) + Math.floor(4_500 / ports);
  return [1000, 500, 250, 100, 50].find((ports) => room(ports) >= guests + 5) ?? 20;
}

function adoptableBridges(findings: Findings, segments: readonly PlannedSegment[], labels: Labels): AdoptableBridge[] {
  const taken = segments.map(({ subnet }) => subnet);
  return findings.bridges.flatMap((bridge): AdoptableBridge[] => {
    const [address = '', prefix = ''] = bridge.addresses[0]?.split('/') ?? [];
    if (bridge.maker !== undefined || bridge.addresses.length !== 1 || Number(prefix) > 30 || Number(prefix) < 8)
      return [];
    // `bk-` and `bkp-` are names that a site gives itself, to another bridge or to a port.
    if (siteInterfaceName(bridge.name) === undefined || /^bkp?-/.test(bridge.name)) return [];
    const subnet = networkOf(address, Number(prefix)) as Ipv4Subnet;
    const usable = gatewayOf(subnet) === address && !subnetHolds(subnet, findings.uplink.ipv4);
    if (!usable || address.startsWith('169.254.') || taken.some((other) => subnetsOverlap(other, subnet))) return [];
    taken.push(subnet);
    return [{ name: labels.take(bridge.name, 'bridge'), bridge, subnet: subnet.text }];
  });
}

function planSegments(
  findings: Findings,
  labels: Labels,
  nics: number,
  random: Random,
): Pick<PlannedSite, 'segments' | 'covered'> {
  const { subnets, covered } = chooseSubnets(2, nics > 200 ? 20 : 24, findings.networks);
  const subnets6 = findings.uplink.ipv6 ? chooseSubnets6(2, findings.networks, () => random(5)) : [];
  const segment = (index: 0 | 1, wish: string): PlannedSegment => {
    const free = (name: string): boolean => !findings.interfaces.has(defaultBridgeName(name));
    let name = labels.take(wish, wish);
    // Bridgekeeper may be at work here already, or something else has taken the name of the bridge.
    for (let n = 2; !free(name); n++) name = labels.take(`${wish}-${n}`, wish);
    const subnet6 = subnets6[index];
    return {
      name,
      bridge: defaultBridgeName(name),
      subnet: subnets[index] as Ipv4Subnet,
      ...(subnet6 ? { subnet6 } : {}),
    };
  };
  return { segments: [segment(0, 'guests'), segment(1, 'isolated')], ...(covered === undefined ? {} : { covered }) };
}

/** Works out a first site for a host. Throws `conflict` when no private network is free. */
export function planSiteFile(findings: Findings, random: Random): PlannedSite {
  const guests = suggestGuests(findings);
  const nics = guests.reduce((sum, guest) => sum + guest.nics.length, 0);
  const labels = new Labels(['world', 'host', ...guests.map(({ name }) => name)]);
  const { segments, covered } = planSegments(findings, labels, nics, random);
  const { mtu } = findings.uplink;
  return {
    name: labelOf(findings.hostName.split('.')[0] ?? '', 'site'),
    pool: choosePool(findings.macs, () => random(3)),
    segments,
    ...(covered === undefined ? {} : { covered }),
    ...(mtu < 1500 && mtu >= 1280 ? { mtu } : {}),
    adoptable: adoptableBridges(findings, segments, labels),
    guests,
    forwards: suggestForwards(findings, guests),
    sessionsPerGuest: sessionsFor(guests.length),
  };
}
