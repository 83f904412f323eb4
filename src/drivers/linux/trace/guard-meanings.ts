import type { DesiredState } from '../../../model/desired-state.ts';
import { offenceNames } from '../nftables/guard-table.ts';
import { type Meaning, nicBehind, type Words } from './meaning.ts';
import type { TracedHeaders } from './parse-trace.ts';

function portWords(
  { in: incoming }: Pick<TracedHeaders, 'in'>,
  desired: DesiredState,
  text: (nic: string) => string,
): Words {
  const nic = nicBehind(desired, incoming);
  const name = `port "${incoming ?? ''}"`;
  return nic ? { text: text(`${nic.id} at ${name}`), object: { kind: 'NIC', name: nic.id } } : { text: text(name) };
}

const offenceWords: Readonly<Record<string, string>> = {
  spoofed_ipv4: 'it does not have that IPv4 and MAC address',
  spoofed_ipv6: 'it does not have that IPv6 and MAC address',
  spoofed_arp: 'its ARP speaks for somebody else',
  spoofed_dhcp: 'it asks by DHCP in the name of somebody else',
  rogue_dhcp: 'only the host may speak as a DHCP server',
  rogue_dhcp6: 'only the host may speak as a DHCPv6 server',
  rogue_router: 'only the host may speak as a router',
  rogue_router4: 'only the host may speak as a router',
  foreign_frame: 'such frames do not pass a port',
  foreign_port: 'a port that no NIC has may not send to others',
  storm: 'it sends more broadcasts and multicasts than its segment lets it',
};

/** What rules of the guard mean, the first that fits. */
export const guardMeanings: readonly Meaning[] = [
  ...offenceNames.map((name) => ({
    chain: new RegExp(`^${name}$`),
    rule: /\bdrop$/,
    words: (headers: TracedHeaders, desired: DesiredState) =>
      portWords(headers, desired, (nic) => `the guard stops ${nic}: ${offenceWords[name] ?? 'it breaks the rules'}`),
  })),
  {
    chain: /^(unicast_|guard)/,
    rule: /accept/,
    words: (headers, desired) =>
      portWords(headers, desired, (nic) => `the guard lets ${nic} in: its own MAC and IP address`),
  },
];

/** What rules of the table of isolated ports mean; only drops are told. */
export const isolationMeanings: readonly Meaning[] = [
  {
    chain: /^drop_of_port$/,
    rule: /^drop/,
    words: (headers, desired) =>
      portWords(
        headers,
        desired,
        (nic) => `nothing of ${nic} passes: it is isolated, or over the rate it was limited to`,
      ),
  },
  {
    chain: /^(to_port|of_bridge)$/,
    rule: /drop$/,
    words: (headers, desired) =>
      portWords(
        headers.out === undefined ? {} : { in: headers.out },
        desired,
        (nic) => `nothing reaches ${nic}: it is isolated, or over the rate it was limited to`,
      ),
  },
];
