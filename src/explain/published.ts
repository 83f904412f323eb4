import type { DesiredForward, DesiredSameAddress, DesiredState } from '../model/desired-state.ts';
import type { FlowEnd } from '../model/explanation.ts';
import type { IpAddress } from '../model/ip-address.ts';
import { type PortRange, portCount } from '../model/port-range.ts';
import { subnetHolds } from '../model/subnet.ts';
import type { Flow } from './flow.ts';

/** Whether a range of ports holds one. */
export const inRange = ({ first, last }: PortRange, port: number | undefined): boolean =>
  port !== undefined && first <= port && port <= last;

/** Forward that publishes a port of the shared address. */
export function forwardAt(
  desired: DesiredState,
  protocol: string,
  port: number | undefined,
): DesiredForward | undefined {
  for (const forward of desired.forwards.values()) {
    if (forward.protocol === protocol && inRange(forward.ports, port)) return forward;
  }
  return undefined;
}

/** Where a forward leads; undefined for IPv6 when site or guest have none. */
export function targetOf(
  forward: DesiredForward,
  family: 4 | 6,
  port: number,
): (FlowEnd & { port: number }) | undefined {
  const address = family === 4 ? forward.to4 : forward.to6;
  if (address === undefined) return undefined;
  return { address, port: forward.toFirst + port - forward.ports.first };
}

/** Whether a forward's source list lets an address through. */
export function mayUse(forward: DesiredForward, family: 4 | 6, source: string): boolean {
  if (!forward.restricted) return true;
  return (family === 4 ? forward.from4 : forward.from6).some((subnet) => subnetHolds(subnet, source as IpAddress));
}

/** Same-address guest that a port of the shared IPv4 address belongs to. */
export function ownerOf(
  desired: DesiredState,
  { family, protocol }: Pick<Flow, 'family' | 'protocol'>,
  port: number | undefined,
): DesiredSameAddress | undefined {
  if (family === 6 || protocol === 'icmp') return undefined;
  for (const share of desired.sameAddress.values()) if (share.ports.some((ports) => inRange(ports, port))) return share;
  return undefined;
}

/** The published port that leads to the guest's port that a flow is for, if there is one. */
export function publishedAs(desired: DesiredState, flow: Omit<Flow, 'published'>): Flow['published'] | undefined {
  const { family, protocol, to } = flow;
  const address = family === 4 ? desired.uplink.ipv4 : desired.uplink.ipv6;
  if (address === undefined || to.port === undefined || to.address === address) return undefined;
  for (const forward of desired.forwards.values()) {
    if (forward.protocol !== protocol || (family === 4 ? forward.to4 : forward.to6) !== to.address) continue;
    const target = { first: forward.toFirst, last: forward.toFirst + portCount(forward.ports) - 1 };
    if (!inRange(target, to.port)) continue;
    return { address, port: forward.ports.first + to.port - forward.toFirst, forward: forward.id };
  }
  return undefined;
}
