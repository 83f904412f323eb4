import type { DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { renderEnd } from './flow.ts';
import { askPolicies, noteAnswer } from './judge.ts';
import { isShared } from './places.ts';
import { addPolicy } from './remedies.ts';
import type { Trail } from './trail.ts';

const host = { kind: 'host', name: 'host' } as const;
/** Name service, DHCP and DHCPv6 (RFC 1035, 2131, 8415). */
const services = { udp: [53, 67, 547], tcp: [53], icmp: [] as number[] } as const;

/** Why a guest may speak to the host without a policy; undefined when it may not. */
function openToGuests(desired: DesiredState, trail: Trail): string | undefined {
  const { protocol } = trail.flow;
  const { address, port } = trail.destination;
  if (protocol === 'icmp') return 'guests may ping the host';
  if (isShared(desired, address)) return 'at the shared address the host offers guests what it offers the world';
  if (port === undefined || !services[protocol].some((service) => service === port)) return undefined;
  return `${protocol} port ${port} of the host is open to guests: names and addresses`;
}

/** The end of a packet that a guest sends to the host itself. */
export function reachHostFromGuest(desired: DesiredState, trail: Trail): Explanation {
  const { flow, destination } = trail;
  const verdict = askPolicies(desired, 'host', trail);
  if (typeof verdict === 'object') return verdict;
  const reason = openToGuests(desired, trail);
  if (verdict === undefined && reason === undefined) {
    return trail.refuse('host', `at ${destination.address} the host offers guests names and addresses only`, {
      object: host,
      remedy: addPolicy(flow, { ...flow.to, kind: 'host', name: 'host' }, destination.port),
    });
  }
  if (verdict === undefined) trail.note('host', reason as string, host);
  noteAnswer(trail);
  return deliverToHost(trail);
}

/** The end of a packet at the host itself. */
export function deliverToHost(trail: Trail): Explanation {
  const at = renderEnd(trail.destination.address, trail.destination.port);
  return trail.deliver(host, `delivered to the host at ${at}; it sees ${trail.source.address}`);
}
