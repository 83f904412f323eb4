import { AppError } from '../../../errors/app-error.ts';
import type { DesiredBlock, DesiredState } from '../../../model/desired-state.ts';
import { type Ipv4Address, parseIpv4 } from '../../../model/ip-address.ts';
import type { Chain, Declaration, Element } from './fragment.ts';

/**
 * Endpoint-independent filtering (RFC 4787 REQ-8) for guests that chose it: packets that leave write down which inner
 * address and port a port of the shared address stands for, and what arrives at such a port from anybody is sent there.
 * Rendered only where a guest chose it. IPv4: nft 1.0.6 has no registers left for the same with IPv6.
 */
export const openSourceSet = 'open_source4';
/** What packets write; see `openSourceSet` for whom. */
export const openPortMap = 'open4';

/** Whether some guest takes packets of anybody at its mapped ports. */
export function hasOpenPorts(desired: DesiredState): boolean {
  for (const { filtering } of desired.blocks.values()) if (filtering !== undefined) return true;
  return false;
}

/** Seconds without a packet of the guest after which a TCP port is closed to others (RFC 5382 REQ-5: transitory). */
const tcpSeconds = 240;
/** As many as a shared address has ports, of both protocols. */
const mostPorts = 131_072;

/** The guest's inner addresses with the ports that may be opened for them. */
export function openSourceElements({ filtering, inner4, ports, more = [], closing = [] }: DesiredBlock): Element[] {
  if (filtering === undefined) return [];
  return inner4.flatMap((inner) =>
    [ports, ...more, ...closing].map(({ first, last }) => ({
      family: 'inet' as const,
      set: openSourceSet,
      key: `${inner} . ${first}-${last}`,
    })),
  );
}

export function openPortDeclarations(): Declaration[] {
  return [
    { family: 'inet', kind: 'set', name: openSourceSet, body: 'type ipv4_addr . inet_service; flags interval;' },
    {
      family: 'inet',
      kind: 'map',
      name: openPortMap,
      body: `type inet_proto . inet_service : ipv4_addr . inet_service; size ${mostPorts}; flags dynamic,timeout;`,
    },
  ];
}

/** Reads an element of the map as nft lists it. Throws `internal` when it is none. */
export function parseOpenPort(text: string): { key: string; inner: Ipv4Address; port: number } {
  const [, key, port, inner] = /^(\w+ \. (\d+)).* : ([\d.]+) \. \d+/.exec(text) ?? [];
  if (key === undefined || inner === undefined) throw new AppError('internal', `"${text}" is no open port of nft`);
  return { key, inner: parseIpv4(inner), port: Number(port) };
}

/** Behind the published ports: what a new flow's destination port stands for. */
export const openPortRule = `dnat ip to meta l4proto . th dport map @${openPortMap}`;

/** A port of the shared address as a flow has it, and the inner address and port that it stands for. */
interface OpenPort {
  readonly direction: 'original' | 'reply';
  readonly address: string;
  readonly innerPort: string;
  readonly port: string;
}

/** The guest sends, in a flow that it began and in one that came in by an open port. */
const openPorts: readonly OpenPort[] = [
  {
    direction: 'original',
    address: 'ct original ip saddr',
    innerPort: 'ct original proto-src',
    port: 'ct reply proto-dst',
  },
  {
    direction: 'reply',
    address: 'ct reply ip saddr',
    innerPort: 'ct reply proto-src',
    port: 'ct original proto-dst',
  },
];

/** The protocol is named first: without it nft does not know how wide the ports of a flow are. */
const rules = (rule: (protocol: 'tcp' | 'udp', open: OpenPort) => string): string[] =>
  (['tcp', 'udp'] as const).flatMap((protocol) =>
    openPorts.map((open) => `meta l4proto ${protocol} ${rule(protocol, open)}`),
  );

/** Such flows stay out of the flowtable: their packets would not be seen here. */
export const keptFromFlowtable = rules(
  (_, { address, port }) => `${address} . ${port} @${openSourceSet} ct state established,related accept`,
);

export function openPortChains({ limits }: DesiredState): Chain[] {
  const seconds = { tcp: tcpSeconds, udp: limits.udp };
  return [
    {
      family: 'inet',
      name: 'open_ports',
      hook: 'type filter hook postrouting priority srcnat + 10; policy accept;',
      // Only what the guest sends keeps a port open (RFC 4787 REQ-6): others must not be able to.
      rules: rules(
        (protocol, { direction, address, innerPort, port }) =>
          `ct direction ${direction} ${address} . ${port} @${openSourceSet} update @${openPortMap} { meta l4proto . ${port} timeout ${seconds[protocol]}s : ${address} . ${innerPort} }`,
      ),
    },
  ];
}
