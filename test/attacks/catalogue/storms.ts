import { type Attack, holdsMarker, watchPlaces } from '../attack.ts';

/** `storm: {broadcast: 200/second}` of the lab's segment, and the meter's burst. */
const honest = { perSecond: 200, atOnce: 200, at: watchPlaces };

/** Frames that are no lie, but too many; and groups that only a router may ask for. */
export const storms: readonly Attack[] = [
  {
    name: 'garp-storm',
    tool: 'scapy',
    tries: 'storm of gratuitous ARP for its own address: no lie, but 1,500 a second',
    knownBy: 'the marker that these frames hold, more often than the storm limit',
    scapy: { frames: 'garp-honest', perSecond: 1_500 },
    isOwn: holdsMarker,
    honest,
    alert: 'storm',
  },
  {
    name: 'name-storm',
    tool: 'scapy',
    tries: 'storm of mDNS and LLMNR questions, IPv4 and IPv6, 1,500 a second',
    knownBy: 'mDNS and LLMNR more often than the storm limit',
    scapy: { frames: 'name-storm', perSecond: 1_500 },
    isOwn: holdsMarker,
    honest,
    alert: 'storm',
  },
  {
    name: 'igmp-flood',
    tool: 'scapy',
    tries: 'join 99 groups 1,500 times a second: legal each, but too many',
    knownBy: 'IGMP more often than the storm limit',
    scapy: { frames: 'igmp', perSecond: 1_500 },
    isOwn: (_, frame, { attacker }) => frame?.source === attacker.mac && frame.ip?.protocol === 2,
    honest,
    stoppedAnyway: 'the bridge snoops',
    alert: 'storm',
  },
  {
    name: 'igmp-querier',
    tool: 'scapy',
    tries: 'draw all multicast traffic by IGMP and MLD queries and PIM',
    knownBy: "a router's message that is not from the gateway",
    scapy: { frames: 'igmp-querier', perSecond: 50 },
    isOwn: (_, frame, { attacker }) =>
      frame?.source === attacker.mac && (frame.ip?.protocol === 2 || frame.ip?.protocol === 103),
    alert: 'violation',
  },
];
