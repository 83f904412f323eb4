import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { sameAddressGateway } from '../model/same-address.ts';
import { renderEnd } from './flow.ts';
import { deliverToNic, isHosts, isShared, nicAt, noteShare, refuseDetached, shareNic } from './places.ts';
import { lookUpForward } from './publish.ts';
import type { Trail } from './trail.ts';

function noteUnfiltered(trail: Trail): void {
  trail.note('host', 'what the host itself begins is not filtered, so that nobody is locked out', {
    kind: 'host',
    name: 'host',
  });
}

function reachShare(desired: DesiredState, trail: Trail, owner: DesiredNic): Explanation {
  noteShare(trail, owner);
  if (trail.source.address === desired.uplink.ipv4) {
    const text = `${owner.guest} has the host's address itself, so the host speaks to it as ${sameAddressGateway}`;
    trail.note('source', text);
    const { port } = trail.source;
    trail.translateSource({ address: sameAddressGateway, ...(port === undefined ? {} : { ports: String(port) }) });
    return deliverToNic(trail, owner, sameAddressGateway);
  }
  return deliverToNic(trail, owner, trail.source.address);
}

/** The way of a packet that the host sends. */
export function followFromHost(desired: DesiredState, trail: Trail): Explanation {
  const shared = isShared(desired, trail.destination.address);
  if (shared) {
    const refused = lookUpForward(desired, trail, false);
    if (refused) return refused;
    const owner = shareNic(desired, trail);
    if (owner) {
      noteUnfiltered(trail);
      return reachShare(desired, trail, owner);
    }
  }
  if (isHosts(desired, trail.destination.address)) {
    return trail.stay(`${trail.destination.address} is the host's own address, so the packet stays on the host`);
  }
  noteUnfiltered(trail);
  const nic = nicAt(desired, trail.destination.address);
  if (nic) return deliverToNic(trail, nic, trail.source.address);
  if (shared) return refuseDetached(trail);
  const name = desired.uplink.interface;
  trail.note('route', `the host routes it to the world, out of uplink "${name}"`, { kind: 'uplink', name });
  const at = renderEnd(trail.destination.address, trail.destination.port);
  return trail.deliver(
    { kind: 'world', name: 'world' },
    `delivered: leaves by uplink "${name}" to ${at} as ${trail.source.address}; the host's source ports are not translated`,
  );
}
