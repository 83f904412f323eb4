import type { Features } from './features.ts';
import { type Chain, type Declaration, type Fragment, quoted } from './fragment.ts';

/** Group of NFLOG that samples go to, whose prefix is the offence, and how many bytes of each frame: the type of a DHCP message is in. */
export const sampleGroup = 30_451;
export const sampleLength = 384;

/** Offenders of one kind, counted by port, MAC and address. A full set counts no new ones; the frame is dropped anyway. */
const offenders = (name: string, key: string): Declaration => ({
  family: 'bridge',
  kind: 'set',
  name,
  body: `typeof ${key}; flags dynamic,timeout; timeout 1h; size 8192;`,
});

const set = (name: string, key: string): Declaration => ({
  family: 'bridge',
  kind: 'set',
  name,
  body: `typeof ${key};`,
});

const chain = (name: string, ...rules: string[]): Chain => ({ family: 'bridge', name, rules });

/** Ports that offended in one way: all frames of each are counted, however many addresses it makes up. */
const offendingPorts = (name: string): Declaration => ({
  family: 'bridge',
  kind: 'set',
  name: portsOf(name),
  body: 'type ifname; flags dynamic,timeout; timeout 1h; size 16384;',
});

/** Frames of one port and offence that are looked at closer: copied to who listens, and whose addresses are noted. */
const closerLook = 'limit rate 20/minute burst 20 packets';

/**
 * Every frame is counted by its port. A sample of them goes to who listens, and names the offender: so a flood of
 * made-up addresses neither fills the set of offenders nor costs more than two look-ups a frame. Who is known is counted
 * exactly: a look-up counts what it finds. The drop stands on its own, since a statement that a limit or a full set ends
 * ends its rule.
 */
const offence = (name: string, key: string | undefined, sampled: boolean): Chain => {
  const copy = sampled ? [`log prefix ${quoted(name)} group ${sampleGroup} snaplen ${sampleLength}`] : [];
  const note = key === undefined ? [] : [`update @${name} { ${key} counter }`];
  return chain(
    name,
    [`update @${portsOf(name)} { iifname counter ${closerLook} }`, ...copy, ...note, 'drop'].join(' '),
    ...(key === undefined ? [] : [`${key} @${name} drop`]),
    'drop',
  );
};

const nic4 = 'iifname . ether saddr . ip saddr';
const nic6 = 'iifname . ether saddr . ip6 saddr';
const arpKey = 'iifname . ether saddr . arp saddr ip';
const frameKey = 'iifname . ether saddr . ether type';
const target = 'iifname . ether saddr . @th,64,128';
/**
 * The kernel found the transport header. It does not where version or lengths are wrong; then no rule sees a port or a
 * type, while clients that read raw frames (dhclient) take such a packet for whole.
 */
const wellFormed = 'meta l4proto != 255';
const dhcpClient = 'iifname . @th,288,48';

/** What a port may send: IPv4, ARP and IPv6 from its own addresses; nothing else reaches the bridge. */
function portChains(): Chain[] {
  return [
    chain(
      'guard',
      // Groups that end at the next bridge (IEEE 802.1D table 7-10); flag groupForwardMask of the port brings them here.
      'ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 goto foreign_frame',
      'ether type vmap { ip : goto guard_ipv4, arp : goto guard_arp, ip6 : goto guard_ipv6 }',
      'goto foreign_frame',
    ),
    chain(
      'guard_ipv4',
      // Clients look at the port that a server speaks to, few at the one that it speaks from.
      'udp sport 67 goto rogue_dhcp',
      `udp dport 68 ${nic4} @nic_ipv4 goto rogue_dhcp`,
      'udp dport 67 goto guard_dhcp',
      'ip protocol igmp goto guard_igmp',
      // PIM makes the bridge take a port for a router's, to which all groups are sent.
      'ip protocol pim goto rogue_router4',
      `${wellFormed} ${nic4} @nic_ipv4 goto guard_honest`,
      `${nic4} @nic_ipv4 goto foreign_frame`,
      'goto spoofed_ipv4',
    ),
    chain(
      'guard_dhcp',
      // The client's address in the message (chaddr) must be the NIC's own too: who declines or releases in the name
      // of another takes away its lease. DHCPDISCOVER and DHCPREQUEST come without an address (RFC 2131).
      `ip saddr 0.0.0.0 udp sport 68 iifname . ether saddr @nic_mac ${dhcpClient} @nic_link goto guard_honest`,
      `${nic4} @nic_ipv4 ${dhcpClient} @nic_link goto guard_honest`,
      `ip saddr != 0.0.0.0 ${nic4} != @nic_ipv4 goto spoofed_ipv4`,
      // In the name of others, who may be made up to use up all addresses (starvation).
      'goto spoofed_dhcp',
    ),
    chain(
      'guard_igmp',
      // Reports and leaves (RFC 1112, 2236, 3376). Queries and multicast router discovery are a router's, and a later
      // fragment shows no type here while the bridge reads one.
      `@th,0,8 { 0x12, 0x16, 0x17, 0x22 } ${nic4} @nic_ipv4 goto guard_honest`,
      `${nic4} != @nic_ipv4 goto spoofed_ipv4`,
      'goto rogue_router4',
    ),
    chain(
      'guard_arp',
      // Sender MAC and IP are payload to a MAC filter: both are looked up, together with the frame's own source.
      `arp htype 1 arp ptype ip arp hlen 6 arp plen 4 ${arpKey} @nic_ipv4 iifname . arp saddr ether . arp saddr ip @nic_ipv4 goto guard_honest`,
      // ARP probe (RFC 5227): sender IP is zero.
      // Only about an address of its own: to whoever takes that address just now, the probe is a conflict.
      'arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp operation request arp saddr ip 0.0.0.0 iifname . ether saddr . arp daddr ip @nic_ipv4 iifname . arp saddr ether @nic_mac goto guard_honest',
      'goto spoofed_arp',
    ),
    chain(
      'guard_ipv6',
      // A header chain must end in the first fragment (RFC 7112): a fragment that begins with another header hides what follows.
      'frag nexthdr { 0, 43, 44, 60, 135 } goto spoofed_ipv6',
      'meta l4proto icmpv6 goto guard_icmpv6',
      'udp sport 547 goto rogue_dhcp6',
      'udp dport 546 goto rogue_dhcp6',
      `${wellFormed} ${nic6} @nic_ipv6 goto guard_honest`,
      `${nic6} @nic_ipv6 goto foreign_frame`,
      'goto spoofed_ipv6',
    ),
    chain(
      'guard_icmpv6',
      // Router advertisement, redirect, MLD query, multicast router advertisement and termination: a router's words.
      'icmpv6 type { 130, 134, 137, 151, 153 } goto rogue_router',
      'icmpv6 type { 133, 135, 136 } goto guard_nd',
      // Group membership reports before an address is ours to use (RFC 3590, RFC 3810).
      'icmpv6 type { 131, 132, 143 } ip6 saddr :: iifname . ether saddr @nic_mac goto guard_honest',
      `${nic6} @nic_ipv6 goto guard_honest`,
      'goto spoofed_ipv6',
    ),
    // Behind the checks: a flood of lies is an offence of its kind, not a storm as well.
    chain('guard_honest', 'meta pkttype { broadcast, multicast } iifname vmap @storm_class', 'accept'),
  ];
}

/** Neighbour discovery (RFC 4861): source, target and link-layer option must all be the NIC's own. */
function neighbourDiscoveryChain(): Chain {
  const ownOption = (offset: number, kind: string): string =>
    `@th,${offset},16 ${kind} iifname . @th,${offset + 16},48 @nic_link`;
  return chain(
    'guard_nd',
    // Nothing between the IPv6 header and ND, so that lengths below are those of ND and its options.
    'ip6 nexthdr != icmpv6 goto spoofed_ipv6',
    // Duplicate address detection asks from "::" (RFC 4862), only about the NIC's own addresses.
    `icmpv6 type 135 ip6 saddr :: ${target} @nic_target goto guard_honest`,
    'icmpv6 type 133 ip6 saddr :: ip6 length 8 iifname . ether saddr @nic_mac goto guard_honest',
    `${nic6} != @nic_ipv6 goto spoofed_ipv6`,
    `icmpv6 type 136 ${target} != @nic_target goto spoofed_ipv6`,
    'icmpv6 type { 135, 136 } ip6 length 24 goto guard_honest',
    `icmpv6 type 135 ip6 length 32 ${ownOption(192, '0x0101')} goto guard_honest`,
    `icmpv6 type 136 ip6 length 32 ${ownOption(192, '0x0201')} goto guard_honest`,
    'icmpv6 type 133 ip6 length 8 goto guard_honest',
    `icmpv6 type 133 ip6 length 16 ${ownOption(64, '0x0101')} goto guard_honest`,
    'goto spoofed_ipv6',
  );
}

const offences: readonly (readonly [name: string, key: string])[] = [
  ['spoofed_ipv4', nic4],
  ['spoofed_arp', arpKey],
  ['spoofed_ipv6', nic6],
  ['spoofed_dhcp', nic4],
  ['rogue_dhcp', nic4],
  ['rogue_dhcp6', nic6],
  ['rogue_router', nic6],
  ['rogue_router4', nic4],
  ['foreign_frame', frameKey],
  ['storm', 'iifname . ether saddr'],
];

/** Names of the sets that name offenders. */
export const offenceSets: readonly string[] = offences.map(([name]) => name);

/** Frames of a port that no NIC has, where the kernel can only stop them on their way to others. */
const foreignPort = 'foreign_port';

/** Everything that frames are dropped for. */
export const offenceNames: readonly string[] = [...offenceSets, foreignPort];

/** The set that counts what ports sent of an offence. */
export function portsOf(offence: string): string {
  return `${offence}_ports`;
}

/**
 * Table `bridge bridgekeeper`: the guard of every port. Frames of the host itself do not pass it (they enter by no
 * port), so the host keeps answering DHCP and sending router advertisements.
 */
export function guardTable(features: Features): Fragment {
  const entry = features.bridgeMeta ? 'meta ibrname @bridges' : 'iifname @ports';
  const chains: Chain[] = [
    {
      family: 'bridge',
      name: 'prerouting',
      hook: 'type filter hook prerouting priority dstnat; policy accept;',
      rules: [
        // The short way for what most frames are; "ether type" sees a VLAN tag that "meta protocol" does not.
        'meta pkttype host ether type ip goto unicast_ipv4',
        'meta pkttype other ether type ip goto unicast_ipv4',
        `${entry} goto guard`,
      ],
    },
    ...portChains(),
    chain(
      'unicast_ipv4',
      // By the header's own field: "meta l4proto" does not know the protocol of a packet whose lengths are wrong.
      '@nh,72,8 17 goto unicast_udp',
      // Being in the set says that the port is declared, too.
      `${nic4} @nic_ipv4 accept`,
      `${entry} goto guard_ipv4`,
    ),
    chain(
      'unicast_udp',
      `udp sport != 67 udp dport != 67-68 ${nic4} @nic_ipv4 accept`,
      // DHCP, later fragments, and packets whose ports cannot be seen.
      `${entry} goto guard_ipv4`,
    ),
    neighbourDiscoveryChain(),
    ...offences.map(([name, key]) => offence(name, key, features.frameSamples)),
  ];
  // A port in hairpin mode would get its own broadcasts back, which breaks duplicate address detection.
  chains.push({
    family: 'bridge',
    name: 'reflected',
    hook: 'type filter hook forward priority filter; policy accept;',
    rules: [
      'meta pkttype { broadcast, multicast } iifname . oifname @same_port drop',
      // Same-address guests all hold one address: hearing of each other, each would take it for a conflict (RFC 5227).
      'arp daddr ip @shared4 oifname @ports drop',
      'arp saddr ip @shared4 oifname @ports drop',
    ],
  });
  if (!features.bridgeMeta) {
    // Without NFT_BRIDGE_META a port that nobody declared cannot be told at its entry: it is stopped on its way out.
    chains.push(offence(foreignPort, undefined, features.frameSamples), {
      family: 'bridge',
      name: 'undeclared',
      hook: 'type filter hook forward priority filter; policy accept;',
      rules: [`iifname != @ports oifname @ports goto ${foreignPort}`],
    });
  }
  return {
    declarations: [
      { family: 'bridge', kind: 'set', name: 'bridges', body: 'type ifname;' },
      { family: 'bridge', kind: 'set', name: 'ports', body: 'type ifname;' },
      { family: 'bridge', kind: 'set', name: 'shared4', body: 'type ipv4_addr;' },
      set('same_port', 'iifname . oifname'),
      set('nic_mac', 'iifname . ether saddr'),
      set('nic_ipv4', nic4),
      set('nic_ipv6', nic6),
      set('nic_target', target),
      set('nic_link', 'iifname . @th,208,48'),
      { family: 'bridge', kind: 'map', name: 'storm_class', body: 'type ifname : verdict;' },
      ...offences.flatMap(([name, key]) => [offenders(name, key), offendingPorts(name)]),
      ...(features.bridgeMeta ? [] : [offendingPorts(foreignPort)]),
    ],
    chains,
    elements: [],
  };
}

/** Chain and meter of one storm rate; every segment with that rate shares them. */
export function stormClass(name: string, rate: { count: number; per: string }): Fragment {
  const meter: Declaration = {
    family: 'bridge',
    kind: 'set',
    name: `${name}_meter`,
    body: 'type ifname; flags dynamic,timeout; timeout 1m; size 16384;',
  };
  const rules = [
    `update @${name}_meter { iifname limit rate over ${rate.count}/${rate.per} burst ${Math.max(rate.count, 5)} packets } goto storm`,
  ];
  return { declarations: [meter], chains: [chain(name, ...rules)], elements: [] };
}
