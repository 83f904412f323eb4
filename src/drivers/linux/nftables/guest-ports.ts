import type { DesiredBlock, DesiredState } from '../../../model/desired-state.ts';
import type { PortRange } from '../../../model/port-range.ts';
import type { Features } from './features.ts';
import { type Chain, type Declaration, type Fragment, quoted } from './fragment.ts';

/**
 * Ports of guests are silent: what comes to one and belongs to no session would be answered by the host, with a reset
 * or a port unreachable, and so end what two peers begin at the same time (RFC 5382 REQ-4: no answer for 6 s). What the
 * host itself listens on stays reached: a service may have been started after its port was given to a guest.
 */
const guestPorts = 'guest_ports';

/** Ranges of all port blocks, those that meet as one: as good as always a handful, however many guests there are. */
function rangesOf(blocks: DesiredState['blocks']): PortRange[] {
  const all = [...blocks.values()].flatMap(({ ports, more = [], closing = [] }: DesiredBlock) => [
    ports,
    ...more,
    ...closing,
  ]);
  all.sort((a, b) => a.first - b.first);
  const merged: PortRange[] = [];
  for (const { first, last } of all) {
    const before = merged.at(-1);
    if (before !== undefined && before.last + 1 >= first) merged[merged.length - 1] = { first: before.first, last };
    else merged.push({ first, last });
  }
  return merged;
}

let known: { blocks: DesiredState['blocks']; ranges: ReadonlyMap<string, string> } | undefined;

/** By range; the same map while no block changes. */
export function guestPortRanges({ blocks }: DesiredState): ReadonlyMap<string, string> {
  if (known?.blocks !== blocks) {
    const texts = rangesOf(blocks).map(({ first, last }) => `${first}-${last}`);
    known = { blocks, ranges: new Map(texts.map((text) => [text, text])) };
  }
  return known.ranges;
}

export function guestPortFragment(range: string): Fragment {
  return { declarations: [], chains: [], elements: [{ family: 'inet', set: guestPorts, key: range }] };
}

export const guestPortDeclaration: Declaration = {
  family: 'inet',
  kind: 'set',
  name: guestPorts,
  body: 'type inet_service; flags interval;',
};

/** Rules for what comes to the host itself. */
export function guestPortRules({ uplink }: DesiredState, { socketMatch }: Features): string[] {
  if (!socketMatch) return [];
  const from = `iifname ${quoted(uplink.interface)}`;
  const rule = (to: string) =>
    `${from} ${to} ct state new meta l4proto { tcp, udp } th dport @${guestPorts} goto guest_port`;
  return [rule('ip daddr @shared4'), ...(uplink.ipv6 ? [rule('ip6 daddr @shared6')] : [])];
}

export function guestPortChains({ socketMatch }: Features): Chain[] {
  if (!socketMatch) return [];
  // Whatever it says of the socket: this is the question that is answered for one in TIME_WAIT as well, which takes the
  // next connection from the same port of its client.
  const rules = ['socket transparent { 0, 1 } accept', 'counter name refused_port drop'];
  return [{ family: 'inet', name: 'guest_port', rules }];
}
