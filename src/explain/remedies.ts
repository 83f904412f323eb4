import type { DesiredState } from '../model/desired-state.ts';
import type { FlowParty } from '../model/explanation.ts';
import { renderPortRange } from '../model/port-range.ts';
import type { Flow } from './flow.ts';
import { inRange } from './published.ts';
import type { Trail } from './trail.ts';

/** As a site file names it: a guest, an address of the world, `world` or `host`. */
function peerOf({ kind, name, address, anyAddress }: FlowParty): string {
  if (kind === 'NIC') return name.split('/')[0] as string;
  if (kind === 'host' || anyAddress) return name;
  // In a flow mapping of YAML the colons of an IPv6 address must be quoted.
  return address.includes(':') ? `"${address}"` : address;
}

function portsOf({ protocol }: Flow, port: number | undefined): string {
  return port === undefined ? `[${protocol}]` : `[${protocol}/${port}]`;
}

/** A policy that lets this flow through, as it stands in a site file. */
function allowingPolicy(flow: Flow, to: FlowParty, port: number | undefined): string {
  return `{from: ${peerOf(flow.from)}, to: ${peerOf(to)}, ports: ${portsOf(flow, port)}, action: allow}`;
}

/** What to add where no policy lets the flow through. */
export function addPolicy(flow: Flow, to: FlowParty = flow.to, port = to.port): string {
  return `add under policies: - ${allowingPolicy(flow, to, port)}`;
}

/** What to do about a policy that denies the flow. */
export function policyBefore(policy: string, flow: Flow, to: FlowParty = flow.to, port = to.port): string {
  return `take policy "${policy}" away, or put before it under policies: - ${allowingPolicy(flow, to, port)}`;
}

/** How the world gets to a guest: a forward, or what is published of it already. */
export function publishPort(desired: DesiredState, flow: Flow): string {
  const { to, protocol } = flow;
  const guest = peerOf(to);
  const published = [...desired.forwards.values()].filter((forward) => forward.guest === guest).map(({ id }) => id);
  const known = published.length === 0 ? '' : `; published of ${guest} are ${published.slice(0, 5).join(', ')}`;
  if (to.port === undefined) return `the world reaches published TCP and UDP ports of a guest only${known}`;
  const target = to.name.endsWith('/0') ? guest : to.name;
  const kind = protocol === 'udp' ? 'protocol: udp, ' : '';
  return `add under forwards: - {port: ${to.port}, ${kind}to: "${target}:${to.port}"}${known}`;
}

/** What happens at a port of the shared address that is one of a guest's source ports; undefined when it is none. */
export function aboutBlock(desired: DesiredState, { flow, destination: { port } }: Trail): string | undefined {
  if (port === undefined) return undefined;
  for (const { guest, ports, more = [], closing = [], filtering, inner4 } of desired.blocks.values()) {
    const held = [ports, ...more, ...closing].find((range) => inRange(range, port));
    if (!held) continue;
    const open = filtering !== undefined && flow.family === 4 && inner4.length > 0;
    const led = open ? ` While ${guest} uses it, it leads to ${guest} for anybody (filtering of the guest).` : '';
    return `${port} is one of ${guest}'s source ports ${renderPortRange(held)}.${led} Otherwise only what the host listens to is answered there; the rest is dropped without a word`;
  }
  return undefined;
}
