import type { Attack } from '../attack.ts';
import type { ReadFrame } from '../frame.ts';

const thc = (tool: string): string => `${tool} (thc-ipv6)`;

/** Someone takes its address away and gives it back, so that the kernel asks whether anybody has it (RFC 4862). */
const detectDuplicates = (ipv6: string): string[] => [
  'sh',
  '-c',
  `ip -6 address del ${ipv6}/64 dev eth0; ip -6 address add ${ipv6}/64 dev eth0`,
];

const fromAttacker = (frame: ReadFrame | undefined, mac: string): boolean => frame?.source === mac;

/** Routers and neighbours that are none, by IPv6. */
export const ipv6: readonly Attack[] = [
  {
    name: 'fake-router6',
    tool: thc('fake_router6'),
    tries: 'become the default router by router advertisements',
    knownBy: "a router's message that is not from the gateway",
    command: () => ['atk6-fake_router6', 'eth0', '2001:db8:bad::/64'],
    alert: 'violation',
  },
  {
    name: 'fake-router6-h',
    tool: thc('fake_router6 -HFD'),
    tries: 'the same behind hop-by-hop, fragment and destination headers, past a filter that looks at the first',
    knownBy: "a router's message, or a fragment that hides what follows, not from the gateway",
    command: () => ['atk6-fake_router6', '-HFD', 'eth0', '2001:db8:bad::/64'],
    alert: 'violation',
  },
  {
    name: 'fake-router26',
    tool: thc('fake_router26 -E …'),
    tries: 'the same with the evasions that the tool knows: overlapping fragments, one fragment, tiny first fragments',
    knownBy: "a router's message, or a fragment that hides what follows, not from the gateway",
    command: () => ['atk6-fake_router26', '-E', 'o', '-i', '1', '-A', '2001:db8:bad::/64', 'eth0'],
    isOwn: (_, frame, { attacker }) => fromAttacker(frame, attacker.mac) && (frame?.ip?.headers.length ?? 0) > 0,
    alert: 'violation',
  },
  {
    name: 'flood-router26',
    tool: thc('flood_router26'),
    tries: 'freeze everybody with router advertisements, each with 25 routes and prefixes, as fast as it can',
    knownBy: "a router's message that is not from the gateway",
    command: () => ['atk6-flood_router26', 'eth0'],
    alert: 'violation',
  },
  {
    name: 'kill-router6',
    tool: thc('kill_router6'),
    tries: "say in the gateway's name that it is no router any more",
    knownBy: "a router's message that the gateway did not send",
    command: ({ gateway }) => ['atk6-kill_router6', 'eth0', gateway.linkLocal],
    alert: 'violation',
  },
  {
    name: 'redir6',
    tool: thc('redir6'),
    tries: "lead the victim's way to the world over itself (ICMPv6 redirect)",
    knownBy: 'a redirect; an echo request in the name of the target',
    command: ({ victim, gateway, attacker }) => [
      ...['atk6-redir6', 'eth0', victim.ipv6 ?? '', '2001:db8::1', gateway.linkLocal, attacker.ipv6 ?? ''],
    ],
    alert: 'violation',
  },
  {
    name: 'fake-advertise6',
    tool: thc('fake_advertise6'),
    tries: "tell everybody that the gateway's address is at the attacker's MAC address",
    knownBy: "an advertisement of the gateway's address",
    command: ({ gateway }) => ['atk6-fake_advertise6', '-w', '1', 'eth0', gateway.ipv6],
    alert: 'violation',
  },
  {
    name: 'flood-advertise6',
    tool: thc('flood_advertise6'),
    tries: 'fill the neighbour caches with made-up entries',
    knownBy: 'an advertisement of an address that its sender does not hold',
    command: () => ['atk6-flood_advertise6', 'eth0'],
    alert: 'violation',
  },
  {
    name: 'parasite6',
    tool: thc('parasite6 -lR'),
    tries: 'answer every neighbour solicitation that it hears with its own MAC address',
    knownBy: 'an advertisement of an address that its sender does not hold',
    command: () => ['atk6-parasite6', '-lR', 'eth0'],
    bait: {
      who: 'victim',
      pause: 200,
      command: () => ['busybox', 'ping', '-6', '-c', '2', '-W', '1', 'fd00:77:10::dead'],
    },
    alert: 'violation',
  },
  {
    name: 'dos-new-ip6',
    tool: thc('dos-new-ip6'),
    tries: 'claim every address that somebody is about to use (duplicate address detection)',
    knownBy: 'an advertisement of an address that its sender does not hold',
    command: () => ['atk6-dos-new-ip6', 'eth0'],
    bait: { who: 'neighbour', pause: 700, command: ({ neighbour }) => detectDuplicates(neighbour.ipv6 ?? '') },
    alert: 'violation',
  },
  {
    name: 'smurf6',
    tool: thc('smurf6'),
    tries: "ask all nodes for echoes in the victim's name, so that all of them answer it",
    knownBy: "the victim's address from another MAC address",
    command: ({ victim }) => ['atk6-smurf6', 'eth0', victim.ipv6 ?? ''],
    alert: 'violation',
  },
  {
    name: 'mld-router6',
    tool: thc('fake_mldrouter6 -l'),
    tries: 'draw all multicast traffic by being the multicast router',
    knownBy: "a router's message that is not from the gateway",
    command: () => ['atk6-fake_mldrouter6', '-l', 'eth0', 'advertise'],
    alert: 'violation',
  },
  {
    name: 'nd-hidden',
    tool: 'scapy',
    tries:
      'neighbour and router advertisements behind extension headers, in fragments, with two options or a false one',
    knownBy: 'neighbour discovery behind a header, hidden by a fragment, or that says another MAC address',
    scapy: { frames: 'nd-hidden', perSecond: 60 },
    isOwn: (_, frame, { attacker }) => fromAttacker(frame, attacker.mac) && (frame?.ip?.headers.length ?? 0) > 0,
    alert: 'violation',
  },
];
