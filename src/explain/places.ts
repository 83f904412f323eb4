import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { nicId } from '../model/site.ts';
import { renderEnd } from './flow.ts';
import { ownerOf } from './published.ts';
import type { Trail } from './trail.ts';

/** Whether it is a shared address. */
export function isShared(desired: DesiredState, address: string): boolean {
  return address === desired.uplink.ipv4 || address === desired.uplink.ipv6;
}

/** Whether an address is one of the host's: shared, or the gateway of a segment. */
export function isHosts(desired: DesiredState, address: string): boolean {
  if (isShared(desired, address)) return true;
  for (const { gateway, gateway6 } of desired.segments.values()) {
    if (gateway === address || gateway6 === address) return true;
  }
  return false;
}

/** NIC that an inner address leads to. A same-address guest has no inner IPv4 address of its own. */
export function nicAt(desired: DesiredState, address: string): DesiredNic | undefined {
  for (const nic of desired.nics.values()) {
    if (nic.ipv6 === address || (nic.share === 'nat' && nic.ipv4 === address)) return nic;
  }
  return undefined;
}

/** NIC of the same-address guest whose port of the shared address the packet is for. */
export function shareNic(desired: DesiredState, { flow, destination }: Trail): DesiredNic | undefined {
  if (destination.address !== desired.uplink.ipv4) return undefined;
  const owner = ownerOf(desired, flow, destination.port);
  return owner && desired.nics.get(nicId(owner.guest, 0));
}

/** Says whose port of the shared address it is. */
export function noteShare(trail: Trail, { guest }: DesiredNic): void {
  const { address, port } = trail.destination;
  trail.note(
    'same address',
    `${trail.flow.protocol} port ${port} of ${address} is ${guest}'s own: nothing is translated`,
    {
      kind: 'guest',
      name: guest,
    },
  );
}

/** A forward may lead to a NIC that has no port just now. */
export function refuseDetached(trail: Trail): Explanation {
  return trail.refuse('end', `the NIC that has ${trail.destination.address} is detached: it has no port`, {
    remedy: '`bridgekeeper attach` gives it one',
  });
}

/** The end of a packet at a guest, which sees it come from `sees`. */
export function deliverToNic(trail: Trail, nic: DesiredNic, sees: string): Explanation {
  const at = renderEnd(trail.destination.address, trail.destination.port);
  return trail.deliver(
    { kind: 'NIC', name: nic.id },
    `delivered to ${nic.id} at ${at} by port "${nic.port}"; it sees ${sees}`,
  );
}
