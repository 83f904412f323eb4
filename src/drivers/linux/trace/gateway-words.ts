import { renderEnd } from '../../../explain/flow.ts';
import { matchPolicy } from '../../../explain/match-policy.ts';
import { forwardAt } from '../../../explain/published.ts';
import type { DesiredState } from '../../../model/desired-state.ts';
import { renderPortRange } from '../../../model/port-range.ts';
import { nicBehind, type Words } from './meaning.ts';
import type { TracedHeaders, TraceEvent } from './parse-trace.ts';

const numbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58 };

/** Guest that an address of a packet belongs to inside. */
function guestOf(desired: DesiredState, address: string): string | undefined {
  for (const nic of desired.nics.values()) {
    if (nic.ipv6 === address || (nic.share === 'nat' && nic.ipv4 === address)) return nic.guest;
  }
  return undefined;
}

/** Guest at either end of a packet. */
export const guestAt = (desired: DesiredState, { source, destination }: TracedHeaders): string =>
  guestOf(desired, source) ?? guestOf(desired, destination) ?? 'the guest';

/** Words about the forward that a packet's port is published by. */
export function forwardWords(headers: TracedHeaders, desired: DesiredState, text: (id: string) => string): Words {
  const forward = forwardAt(desired, headers.protocol, headers.destinationPort);
  if (!forward) return { text: text('of the port') };
  return { text: text(forward.id), object: { kind: 'forward', name: forward.id } };
}

/** Where a forward leads a packet. */
export function dnatWords(headers: TracedHeaders, desired: DesiredState): Words {
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

/** The policy that decides on a packet; undefined for rules that decide nothing. */
export function policyWords(headers: TracedHeaders, desired: DesiredState, { chain }: TraceEvent): Words | undefined {
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
  const verb = box.action === 'allow' ? 'allows' : 'denies';
  return { text: `policy "${box.policy}" ${verb} it`, object: { kind: 'policy', name: box.policy } };
}

/** The port block that a packet gets its source port from. */
export function blockWords(headers: TracedHeaders, desired: DesiredState): Words {
  const guest = guestOf(desired, headers.source) ?? nicBehind(desired, headers.in)?.guest;
  const block = guest === undefined ? undefined : desired.blocks.get(guest);
  if (!block) return { text: 'no port block is for this source' };
  const ports = [block.ports, ...(block.more ?? [])].map(renderPortRange).join(', ');
  return {
    text: `its source becomes the shared address and ${headers.protocol.includes('icmp') ? 'an identifier' : 'a port'} of ${block.guest}'s port block ${ports}`,
    object: { kind: 'port block', name: block.guest },
  };
}
