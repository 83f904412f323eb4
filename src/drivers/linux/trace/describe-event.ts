import { renderEnd } from '../../../explain/flow.ts';
import { matchPolicy } from '../../../explain/match-policy.ts';
import { forwardAt } from '../../../explain/published.ts';
import type { DesiredNic, DesiredState } from '../../../model/desired-state.ts';
import type { TracedStep } from '../../../model/explanation.ts';
import { renderPortRange } from '../../../model/port-range.ts';
import { renderRate } from '../../../model/quantity.ts';
import { tableName } from '../nftables/fragment.ts';
import { offenceSets } from '../nftables/guard-table.ts';
import type { TracedHeaders, TraceEvent } from './parse-trace.ts';
import type { DescribeEvent } from './traced-packets.ts';

type Words = Pick<TracedStep, 'text' | 'object'>;

/** A rule of ours: what it means for the packet. */
interface Meaning {
  /** Chains by name. */
  readonly chain: RegExp;
  /** Part of the rule; absent: every rule of the chain. */
  readonly rule?: RegExp;
  readonly words: (headers: TracedHeaders, desired: DesiredState, event: TraceEvent) => Words | undefined;
}

const numbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58 };

function nicBehind(desired: DesiredState, device: string | undefined): DesiredNic | undefined {
  for (const nic of desired.nics.values()) if (nic.port === device) return nic;
  return undefined;
}

/** Guest that an address of a packet belongs to inside. */
function guestOf(desired: DesiredState, address: string): string | undefined {
  for (const nic of desired.nics.values()) {
    if (nic.ipv6 === address || (nic.share === 'nat' && nic.ipv4 === address)) return nic.guest;
  }
  return undefined;
}

const guestAt = (desired: DesiredState, { source, destination }: TracedHeaders): string =>
  guestOf(desired, source) ?? guestOf(desired, destination) ?? 'the guest';

function portWords(headers: TracedHeaders, desired: DesiredState, text: (nic: string) => string): Words {
  const nic = nicBehind(desired, headers.in);
  const name = `port "${headers.in ?? ''}"`;
  return nic ? { text: text(`${nic.id} at ${name}`), object: { kind: 'NIC', name: nic.id } } : { text: text(name) };
}

function forwardWords(headers: TracedHeaders, desired: DesiredState, text: (id: string) => string): Words {
  const forward = forwardAt(desired, headers.protocol, headers.destinationPort);
  if (!forward) return { text: text('of the port') };
  return { text: text(forward.id), object: { kind: 'forward', name: forward.id } };
}

function dnatWords(headers: TracedHeaders, desired: DesiredState): Words {
  const forward = forwardAt(desired, headers.protocol, headers.destinationPort);
  const family = headers.destination.includes(':') ? 6 : 4;
  const address = forward && (family === 4 ? forward.to4 : forward.to6);
  if (!forward || address === undefined) return { text: 'no forward leads further' };
  const port = forward.toFirst + (headers.destinationPort as number) - forward.ports.first;
  return {
    text: `forward ${forward.id} leads it to ${forward.guest}, ${renderEnd(address, port)}`,
    object: { kind: 'forward', name: forward.id },
  };
}

function policyWords(headers: TracedHeaders, desired: DesiredState, { chain }: TraceEvent): Words | undefined {
  const place = chain.replace('policy_', '') as keyof DesiredState['policies'];
  const { source, destination } = headers;
  if (!(place in desired.policies) || source === '' || destination === '') return undefined;
  const box = matchPolicy(desired, place, {
    family: source.includes(':') ? 6 : 4,
    source,
    destination,
    protocol: numbers[headers.protocol] ?? 0,
    port: headers.destinationPort ?? 0,
  });
  if (!box) return undefined;
  const says = box.action === 'allow' ? 'allows' : 'denies';
  return { text: `policy "${box.policy}" ${says} it`, object: { kind: 'policy', name: box.policy } };
}

function blockWords(headers: TracedHeaders, desired: DesiredState): Words {
  const guest = guestOf(desired, headers.source) ?? nicBehind(desired, headers.in)?.guest;
  const block = guest === undefined ? undefined : desired.blocks.get(guest);
  if (!block) return { text: 'no port block is for this source' };
  const ports = [block.ports, ...(block.more ?? [])].map(renderPortRange).join(', ');
  return {
    text: `its source becomes the shared address and a port of ${block.guest}'s port block ${ports}`,
    object: { kind: 'port block', name: block.guest },
  };
}

const offenceWords: Readonly<Record<string, string>> = {
  spoofed_ipv4: 'it does not have that IPv4 and MAC address',
  spoofed_ipv6: 'it does not have that IPv6 and MAC address',
  spoofed_arp: 'its ARP speaks for somebody else',
  rogue_dhcp: 'only the host may speak as a DHCP server',
  rogue_dhcp6: 'only the host may speak as a DHCPv6 server',
  rogue_router: 'only the host may speak as a router',
  rogue_router4: 'only the host may speak as a router',
  foreign_frame: 'such frames do not pass a port',
  storm: 'it sends more broadcasts and multicasts than its segment lets it',
};

const says = (text: string) => (): Words => ({ text });

const bridgeMeanings: readonly Meaning[] = [
  ...offenceSets.map((name) => ({
    chain: new RegExp(`^${name}$`),
    rule: /^drop/,
    words: (headers: TracedHeaders, desired: DesiredState) =>
      portWords(headers, desired, (nic) => `the guard stops ${nic}: ${offenceWords[name] ?? 'it breaks the rules'}`),
  })),
  {
    chain: /^(unicast_|guard)/,
    rule: /accept/,
    words: (headers, desired) =>
      portWords(headers, desired, (nic) => `the guard lets ${nic} in: its own MAC and IP address`),
  },
  { chain: /^undeclared$/, words: says('the guard stops it: a port that no NIC has may not send to others') },
];

const gatewayMeanings: readonly Meaning[] = [
  { chain: /^same_address_zone$/, words: says('tracked apart from the host: the guest has the shared address itself') },
  {
    chain: /^(same_address_mark|same_address_output)$/,
    rule: /@share_port/,
    words: (headers) => ({
      text: `port ${headers.destinationPort} of the shared address is a guest's own: marked for it`,
    }),
  },
  { chain: /^from_same_address$/, words: says('marked as a flow of the guest that has the shared address') },
  {
    chain: /^dstnat$/,
    rule: /refused_source/,
    words: says('refused: from outside nobody speaks with an inner address'),
  },
  {
    chain: /^published/,
    rule: /refused_source/,
    words: (headers, desired) =>
      forwardWords(headers, desired, (id) => `refused: ${headers.source} is not on the source list of forward ${id}`),
  },
  {
    chain: /^published/,
    rule: /refused_rate/,
    words: (headers, desired) => {
      const rate = forwardAt(desired, headers.protocol, headers.destinationPort)?.rate;
      const most = rate ? renderRate(rate) : 'its rate';
      return forwardWords(
        headers,
        desired,
        (id) => `refused: forward ${id} takes no more than ${most} new connections`,
      );
    },
  },
  { chain: /^published/, rule: /dnat/, words: dnatWords },
  { chain: /^forwarding$/, rule: /ct state/, words: says('belongs to a session that is open: passes') },
  { chain: /^forwarding$/, rule: /flow add/, words: says('the session may take the short cut from now on') },
  {
    chain: /^(from_guest|to_guest)$/,
    rule: /ct state invalid/,
    words: says('refused: no session fits it, and it begins none'),
  },
  { chain: /^policy_/, words: policyWords },
  {
    chain: /^to_guest$/,
    rule: /refused_policy/,
    words: says('refused: nobody in the world reaches an inner address directly'),
  },
  {
    chain: /^guest_to_guest$/,
    rule: /refused_policy/,
    words: says('refused: segments are apart, and no policy allows it'),
  },
  {
    chain: /^guest_to_world$/,
    rule: /169\.254/,
    words: says('refused: addresses of the link alone are not routed (RFC 3927)'),
  },
  { chain: /./, rule: /refused_policy/, words: says('refused: guests may not send that out') },
  {
    chain: /./,
    rule: /refused_host/,
    words: says('refused: at this address the host offers guests names and addresses only'),
  },
  {
    chain: /./,
    rule: /refused_guest_sessions drop/,
    words: (headers, desired) => ({
      text: `counted: ${guestAt(desired, headers)} may have ${desired.limits.sessionsPerGuest} open sessions`,
      object: { kind: 'limit', name: 'sessionsPerGuest' },
    }),
  },
  {
    chain: /^limit_total$/,
    rule: /refused_sessions/,
    words: (_headers, desired) => ({
      text: `refused: ${desired.limits.sessions} sessions of all guests are open`,
      object: { kind: 'limit', name: 'sessions' },
    }),
  },
  { chain: /^limit_total$/, rule: /^accept/, words: says('passes') },
  { chain: /^guest_to_guest$/, rule: /same_segment/, words: says('passes: both are in one segment') },
  { chain: /^(to_guest|guest_to_guest)$/, rule: /ct status dnat/, words: says('passes: it came by a forward') },
  {
    chain: /^(to_guest|guest_to_guest)$/,
    rule: /ct mark/,
    words: says("passes: it is for a same-address guest's own port"),
  },
  { chain: /^guest_to_host$/, rule: /accept/, words: says('passes: the host offers it to guests') },
  {
    chain: /^srcnat$/,
    rule: /@share_source/,
    words: (headers) => ({ text: `port ${headers.sourcePort} is the guest's own: it leaves as it is` }),
  },
  { chain: /^srcnat$/, rule: /@(block4|share_block)/, words: blockWords },
  { chain: /^block6_/, words: blockWords },
  { chain: /^srcnat$/, rule: /snat/, words: says('its source becomes an address of the host') },
];

function ours(event: TraceEvent, headers: TracedHeaders, desired: DesiredState): Words | undefined {
  const meanings = event.family === 'bridge' ? bridgeMeanings : gatewayMeanings;
  const meaning = meanings.find(({ chain, rule }) => chain.test(event.chain) && (rule?.test(event.text) ?? true));
  if (meaning) return meaning.words(headers, desired, event);
  // Only which chain is next: of no interest to who asks about the site.
  if (/^(goto|jump|continue|return)/.test(event.verdict)) return undefined;
  return { text: `rule of chain ${event.chain}: ${event.text}` };
}

/** Puts rules of ours into the words of the site, and names those of others. */
export function describeWith(desired: DesiredState): DescribeEvent {
  return (event, headers) => {
    if (event.kind === 'policy' && !event.verdict.startsWith('drop')) return undefined;
    if (event.table === tableName && event.kind === 'rule') return ours(event, headers, desired);
    const place = `table "${event.family} ${event.table}", chain ${event.chain}`;
    if (event.kind === 'policy') return { text: `dropped by the policy of ${place}, which is not Bridgekeeper's` };
    if (event.kind !== 'rule' || event.table.startsWith(tableName)) return undefined;
    return { text: `rule of ${place}, which is not Bridgekeeper's: ${event.text}` };
  };
}
