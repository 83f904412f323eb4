import type { DesiredState } from '../../../model/desired-state.ts';
import { markFamily, markFamilyMask } from '../../../model/same-address.ts';
import type { Features } from './features.ts';
import { type Chain, type Declaration, type Fragment, quoted } from './fragment.ts';
import { guestPortChains, guestPortDeclaration, guestPortRules } from './guest-ports.ts';
import { limitChains, limitDeclarations } from './limit-rules.ts';
import { keptFromFlowtable, openPortChains, openPortDeclarations, openPortRule } from './open-ports.ts';
import { policyChains, policyDeclarations } from './policy-rules.ts';
import { sourceTranslationChains, sourceTranslationDeclarations } from './source-translation.ts';
import { offloadRules, quickRule, udpTimeChains, udpTimeDeclarations } from './udp-times.ts';

const declare = (kind: Declaration['kind'], name: string, body: string): Declaration => ({
  family: 'inet',
  kind,
  name,
  body,
});
const chain = (name: string, rules: string[], hook?: string): Chain => ({
  family: 'inet',
  name,
  rules,
  ...(hook ? { hook: `${hook} policy accept;` } : {}),
});

const linkLocal4 = '169.254.0.0/16';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
/** The flow is a same-address guest's. */
const isShared = `ct mark & ${hex(markFamilyMask)} == ${hex(markFamily)}`;

/** Published ports: protocol and destination port of a new flow decide; two lookups, however many forwards. */
function publishedChains(desired: DesiredState, features: Features): Chain[] {
  const port = 'meta l4proto . th dport';
  const translate = (family: 4 | 6): string[] => {
    const ip = family === 4 ? 'ip' : 'ip6';
    return [
      `dnat ${ip} to ${port} map @forward${family}`,
      `dnat ${ip} to ${port} map @forward_range${family}`,
      ...(family === 4 && features.openPorts ? [openPortRule] : []),
    ];
  };
  const published = (family: 4 | 6): Chain =>
    chain(`published${family}`, [
      `${port} @restricted ${port} . ${family === 4 ? 'ip' : 'ip6'} saddr != @allowed_source${family} counter name refused_source drop`,
      `limit name ${port} map @forward_rate counter name refused_rate drop`,
      ...translate(family),
    ]);
  return [
    chain(
      'dstnat',
      [
        // From outside nobody speaks as a guest: source lists and the guests themselves would believe it (BCP 38).
        `iifname ${quoted(desired.uplink.interface)} ip saddr @inner4 counter name refused_source drop`,
        `iifname ${quoted(desired.uplink.interface)} ip6 saddr @inner6 counter name refused_source drop`,
        'ip daddr @shared4 goto published4',
        'ip6 daddr @shared6 goto published6',
      ],
      'type nat hook prerouting priority dstnat;',
    ),
    published(4),
    published(6),
    // The host's own connections to a published port; source lists and rates are for others.
    chain('published_to_host4', translate(4)),
    chain('published_to_host6', translate(6)),
    chain(
      'output_dstnat',
      ['ip daddr @shared4 goto published_to_host4', 'ip6 daddr @shared6 goto published_to_host6'],
      'type nat hook output priority -100;',
    ),
  ];
}

/** Guests that have the shared address itself: ports decide by mark, a zone keeps their flows apart from the host's. */
function sameAddressChains(): Chain[] {
  return [
    chain(
      'same_address_zone',
      ['iifname @bridges ip saddr @shared4 ct original zone set iifname . ether saddr map @share_zone'],
      'type filter hook prerouting priority raw;',
    ),
    chain(
      'same_address_mark',
      [
        'iifname @bridges ip saddr @shared4 goto from_same_address',
        'ct state new ip daddr @shared4 ct mark set meta l4proto . th dport map @share_port',
        `${isShared} meta mark set ct mark`,
      ],
      'type filter hook prerouting priority mangle;',
    ),
    // Its packets are not marked for routing: answers to the host must reach the host, not the guest again.
    chain('from_same_address', ['ct state new ct mark set iifname . ether saddr map @share_mark']),
    chain(
      'same_address_output',
      [
        'ip daddr @shared4 ct state new ct mark set meta l4proto . th dport map @share_port',
        `ip daddr @shared4 ${isShared} meta mark set ct mark`,
      ],
      'type route hook output priority mangle;',
    ),
  ];
}

/**
 * A packet of TCP that is of no open session and begins none. conntrack would take it for one of a session under way
 * (nf_conntrack_tcp_loose), and a session that was ended, or whose forward leads elsewhere by now, would come back.
 * The reset goes to the source, so the source is looked at before.
 */
const refuseStray = (...conditions: string[]): string =>
  [
    'ct state new tcp flags & (fin | syn | rst | ack) != syn',
    ...conditions,
    'counter name refused_stray reject with tcp reset',
  ].join(' ');

function forwardChains(desired: DesiredState, features: Features): Chain[] {
  const uplink = quoted(desired.uplink.interface);
  const policies = (place: 'inner' | 'world' | 'host'): string[] =>
    features.policyLayers[place].length > 0 ? [`jump policy_${place}`] : [];
  // Only what is sent to the guest's own ports; what it sends itself is judged like any other guest's.
  const marked = features.sameAddress ? [`ip daddr @shared4 ${isShared} goto limit_inbound`] : [];
  // The short cut routes without marks, so it is not for flows of same-address guests.
  const notShared = features.sameAddress ? [isShared.replace('==', '!=')] : [];
  return [
    chain(
      'forwarding',
      [
        ...(features.openPorts && features.flowtableDevices.length > 0 ? keptFromFlowtable : []),
        ...offloadRules(features, notShared),
        'ct state established,related accept',
        'iifname @bridges goto from_guest',
        'oifname @bridges goto to_guest',
      ],
      'type filter hook forward priority filter;',
    ),
    chain('from_guest', [
      // What conntrack cannot place would leave untranslated, with an inner source address.
      'ct state invalid drop',
      `oifname ${uplink} goto guest_to_world`,
      'oifname @bridges goto guest_to_guest',
      'counter name refused_policy drop',
    ]),
    chain('guest_to_world', [
      // Nothing is translated that has another source, so it would leave as it is (BCP 38). The guard stops it at every
      // declared port; this holds too where somebody plugs in another while no daemon looks.
      'ip saddr != @inner4 ip saddr != @shared4 counter name refused_policy drop',
      ...(desired.uplink.ipv6 ? ['ip6 saddr != @inner6 counter name refused_policy drop'] : []),
      // Ports decide who gets a packet of the shared address; a protocol without ports (ESP, GRE) is the host's. Its
      // answers would go to the guest that spoke last.
      ...(features.sameAddress
        ? ['ip saddr @shared4 meta l4proto != { tcp, udp, icmp } counter name refused_policy drop']
        : []),
      // Without a shared IPv6 address there is nothing to translate to, and an inner address must not leave.
      ...(desired.uplink.ipv6 ? [] : ['meta nfproto ipv6 counter name refused_policy drop']),
      refuseStray(),
      ...policies('world'),
      // A router must not pass on what is for the link (RFC 3927 section 7); in a cloud it is the host's own identity
      // (169.254.169.254). A policy that allows it stands before this.
      `ip daddr ${linkLocal4} counter name refused_policy drop`,
      'goto limit_outbound',
    ]),
    chain('guest_to_guest', [
      // But for what is bridged inside of a segment: the host may see it (br_netfilter), and does not stand between.
      refuseStray('iifname . oifname != @same_segment'),
      refuseStray('ct status dnat'),
      ...(features.sameAddress ? [refuseStray(isShared)] : []),
      ...policies('inner'),
      // Routed within one segment: hairpin, or a same-address guest.
      'iifname . oifname @same_segment goto limit_outbound',
      'ct status dnat goto limit_outbound',
      ...marked,
      'counter name refused_policy drop',
    ]),
    chain('to_guest', [
      'ct state invalid drop',
      refuseStray(),
      ...policies('world'),
      'ct status dnat goto limit_inbound',
      ...marked,
      'counter name refused_policy drop',
    ]),
    chain('refused_by_policy', ['counter name refused_policy drop']),
    chain('limit_world', [`iifname ${uplink} goto limit_inbound`, 'goto limit_outbound']),
    ...limitChains(features, isShared),
    ...udpTimeChains(features),
  ];
}

/**
 * Flows that one NIC may have open to the host itself. Not a limit of the site: enough for a guest that asks for 100
 * names a second, each kept for 30 s, and little of conntrack's usual 262,144.
 */
const hostSessions = 4096;
const hostSessionSet = `host_sessions_${hostSessions}`;
/** New ones a second: counting walks those that are open, so a flood of them is refused before it is counted. */
const hostRate = 200;
const hostBurst = 1000;
const hostRateSet = `host_rate_${hostRate}`;

/**
 * Ports that the host begins sessions from (ip_local_port_range, as Linux has it). What a guest sends there may be of a
 * session that the host began before anything was tracked, or that was silent for long: a reset would end it for good,
 * while what is only dropped is sent again, and finds its session as soon as the host has spoken.
 */
const hostBegins = '32768-60999';

/** What guests may ask of the host: name service, DHCP, ping, and whatever the shared address offers to the world. */
function inboundChains(desired: DesiredState, features: Features): Chain[] {
  return [
    chain(
      'inbound',
      ['iifname @bridges goto guest_to_host', ...guestPortRules(desired, features)],
      'type filter hook input priority filter;',
    ),
    ...guestPortChains(features),
    chain('guest_to_host', [
      'ct state vmap { established : accept, related : accept }',
      refuseStray(`tcp dport != ${hostBegins}`),
      // Before anything is accepted: what one guest asks of the host must not fill the table that all share.
      'ct state new ct status & confirmed == 0 jump limit_host',
      ...(features.policyLayers.host.length > 0 ? ['jump policy_host'] : []),
      'meta l4proto { icmp, icmpv6 } accept',
      'ip daddr @shared4 accept',
      'ip6 daddr @shared6 accept',
      ...quickRule(features),
      'udp dport { 53, 67, 547 } accept',
      'tcp dport 53 accept',
      'ip protocol igmp accept',
      'counter name refused_host drop',
    ]),
    chain('limit_host', [
      `update @${hostRateSet} { ether saddr limit rate over ${hostRate}/second burst ${hostBurst} packets } goto over_host`,
      'ether saddr @at_limit_host goto over_host',
      `add @${hostSessionSet} { ether saddr ct count over ${hostSessions} } goto at_limit_host`,
    ]),
    chain('at_limit_host', ['add @at_limit_host { ether saddr }', 'goto over_host']),
    chain('over_host', ['update @over_host { ether saddr counter }', 'counter name refused_guest_sessions drop']),
  ];
}

/** `counter` keeps the bytes of sessions counted. */
const flowtableBody = (features: Features): string =>
  `hook ingress priority filter; devices = { ${features.flowtableDevices.map(quoted).join(', ')} }; counter;`;

function declarations(features: Features): Declaration[] {
  const port = 'inet_proto . inet_service';
  const perFamily = ([4, 6] as const).flatMap((family) => {
    const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
    return [
      declare('set', `shared${family}`, `type ${address};`),
      declare('set', `inner${family}`, `type ${address}; flags interval;`),
      declare('map', `forward${family}`, `type ${port} : ${address} . inet_service;`),
      declare('map', `forward_range${family}`, `type ${port} : ${address}; flags interval;`),
      declare('set', `allowed_source${family}`, `type ${port} . ${address}; flags interval;`),
    ];
  });
  const shares = [
    declare('map', 'share_zone', 'typeof iifname . ether saddr : ct zone;'),
    declare('map', 'share_mark', 'typeof iifname . ether saddr : ct mark;'),
    declare('map', 'share_port', `type ${port} : mark; flags interval;`),
    declare('set', 'share_source', `type mark . ${port}; flags interval;`),
    declare('map', 'share_block', 'type mark : interval ipv4_addr . inet_service;'),
  ];
  const counters = [
    'refused_source',
    'refused_rate',
    'refused_policy',
    'refused_host',
    'refused_port',
    'refused_sessions',
    'refused_guest_sessions',
    'refused_new_sessions',
    'refused_stray',
  ];
  return [
    declare('set', 'bridges', 'type ifname;'),
    declare('set', 'same_segment', 'typeof iifname . oifname;'),
    declare('set', 'restricted', `type ${port}; flags interval;`),
    declare('map', 'forward_rate', `type ${port} : limit; flags interval;`),
    // Without `flags interval`: nft lists every interval set before it adds to any, which one element a guest makes slow.
    declare('map', 'block4', 'type ipv4_addr : interval ipv4_addr . inet_service;'),
    declare('map', 'block6', 'type ipv6_addr : verdict;'),
    ...perFamily,
    ...limitDeclarations(features),
    ...udpTimeDeclarations(features),
    declare('set', hostSessionSet, 'type ether_addr; flags dynamic; size 65535;'),
    declare('set', hostRateSet, 'type ether_addr; flags dynamic,timeout; timeout 1m; size 65535;'),
    declare('set', 'at_limit_host', 'type ether_addr; flags dynamic,timeout; timeout 50ms; size 65535;'),
    declare('set', 'over_host', 'type ether_addr; flags dynamic,timeout; timeout 1h; size 8192;'),
    ...(features.sameAddress ? shares : []),
    ...counters.map((name) => declare('counter', name, '')),
    ...(features.flowtableDevices.length > 0 ? [declare('flowtable', 'established', flowtableBody(features))] : []),
    guestPortDeclaration,
    ...sourceTranslationDeclarations(features),
    ...(features.openPorts ? openPortDeclarations() : []),
    ...policyDeclarations(features),
  ];
}

/** Table `inet bridgekeeper`: translation, policies, limits. Its shape does not depend on how many guests or forwards there are. */
export function gatewayTable(desired: DesiredState, features: Features): Fragment {
  return {
    declarations: declarations(features),
    chains: [
      ...publishedChains(desired, features),
      ...(features.sameAddress ? sameAddressChains() : []),
      ...sourceTranslationChains(desired, features),
      ...(features.openPorts ? openPortChains(desired) : []),
      ...forwardChains(desired, features),
      ...inboundChains(desired, features),
      ...policyChains(features),
    ],
    elements: [],
  };
}
