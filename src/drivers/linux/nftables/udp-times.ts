import type { DesiredState } from '../../../model/desired-state.ts';
import type { Features } from './features.ts';
import { type Chain, type Declaration, quoted } from './fragment.ts';

/** How long UDP sessions of some segments may be silent. */
export interface UdpTimes {
  /** Seconds, each once, ascending. */
  readonly streams: readonly number[];
  readonly unanswered: number;
  /** Of all other segments. */
  readonly site: number;
  /** Bridges of the segments with a time of their own. */
  readonly bridges: readonly string[];
}

/**
 * Seconds for what is one question and one answer: name service and time. Ports below 1024 may have shorter times than
 * others (RFC 4787 REQ-5a); at two minutes each, eight names a second would be all that 1,000 sessions hold.
 */
const quickSeconds = 30;
const quickPorts = 'udp dport { 53, 123 }';

export function udpTimesOf({ segments, limits }: DesiredState): UdpTimes {
  const own = [...segments.values()].filter(({ udp }) => udp !== undefined && udp !== limits.udp);
  return {
    streams: [...new Set(own.map(({ udp }) => udp as number))].sort((a, b) => a - b),
    unanswered: limits.udpUnanswered,
    site: limits.udp,
    bridges: own.map(({ bridge }) => bridge),
  };
}

/** Chain that gives a flow its time; `segment_udp` leads to it by bridge. */
export const udpChain = (seconds: number): string => `udp_${seconds}`;

const families = [
  ['ipv4', 'ip', '4'],
  ['ipv6', 'ip6', '6'],
] as const;

/** Seconds without and with an answer. Other times are another object: one in use cannot be changed. */
type Times = readonly [unanswered: number, stream: number];
const timeName = ([unanswered, stream]: Times, suffix: string): string => `udp${suffix}_${unanswered}_${stream}`;

const setTime = (times: Times): string[] =>
  families.map(([nfproto, , suffix]) => `meta nfproto ${nfproto} ct timeout set ${quoted(timeName(times, suffix))}`);

const declareTime = (times: Times): Declaration[] =>
  families.map(([, l3proto, suffix]) => ({
    family: 'inet',
    kind: 'ct timeout',
    name: timeName(times, suffix),
    body: `protocol udp; l3proto ${l3proto}; policy = { unreplied : ${times[0]}, replied : ${times[1]} };`,
  }));

const quickTimes = ({ udp }: Features): Times => [Math.min(quickSeconds, udp.unanswered), udp.site];
const streamTimes = ({ udp }: Features, seconds: number): Times => [Math.min(udp.unanswered, seconds), seconds];

export function udpTimeDeclarations(features: Features): Declaration[] {
  const { ctTimeout, udp } = features;
  const times = ctTimeout
    ? [quickTimes(features), ...udp.streams.map((seconds) => streamTimes(features, seconds))]
    : [];
  return [...new Map(times.map((each) => [timeName(each, ''), declareTime(each)])).values()]
    .flat()
    .concat([
      ...(udp.streams.length > 0
        ? [{ family: 'inet', kind: 'map', name: 'segment_udp', body: 'type ifname : verdict;' } as const]
        : []),
    ]);
}

/** Rules for what stands in the way of `quickPorts` and of segments with times of their own. */
export const quickRule = ({ ctTimeout }: Features): string[] => (ctTimeout ? [`${quickPorts} jump quick_udp`] : []);

/** `admitted`: the end of the way of every new flow that is within its limits. */
export function udpTimeChains(features: Features): Chain[] {
  const { ctTimeout, udp } = features;
  const chain = (name: string, rules: string[]): Chain => ({ family: 'inet', name, rules });
  return [
    chain('admitted', [
      // The segment where it begins has the last word.
      ...(udp.streams.length > 0
        ? ['meta l4proto udp oifname vmap @segment_udp', 'meta l4proto udp iifname vmap @segment_udp']
        : []),
      ...quickRule(features),
      'accept',
    ]),
    ...udp.streams.map((seconds) => chain(udpChain(seconds), ctTimeout ? setTime(streamTimes(features, seconds)) : [])),
    ...(ctTimeout ? [chain('quick_udp', setTime(quickTimes(features)))] : []),
  ];
}

/**
 * Established flows that may take the flowtable. Not UDP of segments with times of their own: a flow that comes back
 * from there has the time of the host (flow_offload_fixup_ct).
 */
export function offloadRules({ flowtableDevices, udp }: Features, only: readonly string[]): string[] {
  if (flowtableDevices.length === 0) return [];
  const rule = (match: string): string => [...only, `ct state established ${match} flow add @established`].join(' ');
  if (udp.bridges.length === 0) return [rule('meta l4proto { tcp, udp }')];
  const bridges = `{ ${udp.bridges.map(quoted).join(', ')} }`;
  return [rule('meta l4proto tcp'), rule(`meta l4proto udp iifname != ${bridges} oifname != ${bridges}`)];
}
