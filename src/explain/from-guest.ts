import type { DesiredNic, DesiredSegment, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { parseIp } from '../model/ip-address.ts';
import { sameAddressGateway } from '../model/same-address.ts';
import { parseSubnet, subnetHolds } from '../model/subnet.ts';
import { renderEnd } from './flow.ts';
import { askPolicies, noteAnswer, noteLimits } from './judge.ts';
import { deliverToNic, isHosts, isShared, nicAt, noteShare, refuseDetached, shareNic } from './places.ts';
import { lookUpForward } from './publish.ts';
import { addPolicy } from './remedies.ts';
import { translateGuestSource } from './source-port.ts';
import { reachHostFromGuest } from './to-host.ts';
import type { Trail } from './trail.ts';

const linkLocal4 = parseSubnet('169.254.0.0/16');
/** Ports that only a DHCP server speaks from, and that only clients are spoken to at (RFC 2131, RFC 8415). */
const serverPorts = { 4: 67, 6: 547 } as const;
const clientPorts = { 4: 68, 6: 546 } as const;

/** The guard of the port; answers why the packet ends there. */
function passGuard(trail: Trail, nic: DesiredNic): Explanation | undefined {
  const { family, protocol, from } = trail.flow;
  const macs = nic.also ? `${nic.mac} or ${nic.also}` : nic.mac;
  const object = { kind: 'NIC', name: nic.id } as const;
  const { port } = trail.destination;
  if (protocol === 'udp' && (from.port === serverPorts[family] || port === clientPorts[family])) {
    return trail.refuse('port', `the guard of port "${nic.port}" lets nobody but the host speak as a DHCP server`, {
      object,
    });
  }
  const dhcp =
    protocol === 'udp' && family === 4 && port === 67 ? ', and to port 67 nothing but its own DHCP messages' : '';
  trail.note(
    'port',
    `the guard of port "${nic.port}" lets ${nic.id} send from MAC address ${macs} as ${from.address}${dhcp}`,
    object,
  );
  return undefined;
}

function deliverInSegment(trail: Trail, nic: DesiredNic, to: DesiredNic): Explanation {
  const object = { kind: 'segment', name: nic.segment } as const;
  trail.note(
    'segment',
    `${to.id} is in segment "${nic.segment}" too: frames go from port to port, and no policy is asked`,
    object,
  );
  return deliverToNic(trail, to, trail.source.address);
}

function reachWorld(desired: DesiredState, trail: Trail, nic: DesiredNic): Explanation {
  const { flow, destination } = trail;
  const { interface: name, ipv6 } = desired.uplink;
  trail.note('route', `the host routes it to the world, out of uplink "${name}"`, { kind: 'uplink', name });
  if (flow.family === 6 && ipv6 === undefined) {
    const text = 'the site shares no IPv6 address, and an inner address must not leave';
    return trail.refuse('source', text, { remedy: 'put an IPv6 address into uplink.shared' });
  }
  const verdict = askPolicies(desired, 'world', trail);
  if (typeof verdict === 'object') return verdict;
  if (verdict === undefined && flow.family === 4 && subnetHolds(linkLocal4, parseIp(destination.address))) {
    const text = `${destination.address} is of the link alone (RFC 3927); in a cloud it is where the host's own identity is kept`;
    return trail.refuse('route', text, { remedy: addPolicy(flow) });
  }
  if (verdict === undefined) trail.note('policy', 'guests may speak to the world unless a policy denies it');
  noteLimits(desired, trail, nic, true);
  const source = translateGuestSource(desired, trail, nic.guest);
  noteAnswer(trail);
  const at = renderEnd(destination.address, destination.port);
  return trail.deliver({ kind: 'world', name: 'world' }, `delivered: leaves by uplink "${name}" to ${at} as ${source}`);
}

/** Why flows between two guests pass without a policy; undefined when they do not. */
function openBetween(nic: DesiredNic, to: DesiredNic, way: 'forward' | 'share' | 'route'): string | undefined {
  if (nic.bridge === to.bridge) return `both are in segment "${nic.segment}", within which everything passes`;
  if (way === 'forward') return 'a published port is open to other segments as it is to the world';
  if (way === 'share') return "a same-address guest's own ports are open to other segments as they are to the world";
  return undefined;
}

function reachGuest(
  desired: DesiredState,
  trail: Trail,
  nic: DesiredNic,
  to: DesiredNic,
  way: 'forward' | 'share' | 'route',
): Explanation {
  const { flow, destination } = trail;
  const verdict = askPolicies(desired, 'inner', trail);
  if (typeof verdict === 'object') return verdict;
  if (verdict === undefined) {
    const reason = openBetween(nic, to, way);
    if (reason === undefined) {
      const text = `segments "${nic.segment}" and "${to.segment}" are apart, and no policy allows it`;
      // No policy can name a same-address guest here: what it sends cannot be told from what the host sends.
      if (flow.family === 4 && nic.share === 'same-address') return trail.refuse('policy', text);
      const remedy = addPolicy(flow, { kind: 'NIC', name: to.id, ...destination }, destination.port);
      return trail.refuse('policy', text, { remedy });
    }
    trail.note('policy', reason);
  }
  // Who is reached at its own port of the shared address from another segment is counted as if the world had come.
  const inbound = way === 'share' && verdict === undefined && nic.bridge !== to.bridge;
  noteLimits(desired, trail, inbound ? to : nic, !inbound);
  // Otherwise the answer would go straight to it, past the translation (hairpin, RFC 4787 REQ-9).
  const sees = way === 'forward' ? translateGuestSource(desired, trail, nic.guest) : trail.source.address;
  noteAnswer(trail);
  return deliverToNic(trail, to, sees);
}

/** The way of a packet that a guest sends. */
export function followFromGuest(desired: DesiredState, trail: Trail, nic: DesiredNic): Explanation {
  const { family, to } = trail.flow;
  const sharing = family === 4 && nic.share === 'same-address';
  if (to.name === nic.id || (sharing && isShared(desired, trail.destination.address))) {
    return trail.stay(`${trail.destination.address} is ${nic.guest}'s own address, so it sends nothing`);
  }
  const stopped = passGuard(trail, nic);
  if (stopped) return stopped;
  const neighbour = nicAt(desired, trail.destination.address);
  if (neighbour?.segment === nic.segment && !sharing) return deliverInSegment(trail, nic, neighbour);
  const segment = desired.segments.get(nic.segment) as DesiredSegment;
  const gateway = sharing ? sameAddressGateway : family === 4 ? segment.gateway : segment.gateway6;
  const object = { kind: 'segment', name: segment.name } as const;
  trail.note('segment', `it goes to the gateway of segment "${segment.name}", ${gateway}, which is the host`, object);
  if (isShared(desired, trail.destination.address)) {
    const refused = lookUpForward(desired, trail, true);
    if (refused) return refused;
    const owner = shareNic(desired, trail);
    if (owner) {
      noteShare(trail, owner);
      return reachGuest(desired, trail, nic, owner, 'share');
    }
  }
  if (isHosts(desired, trail.destination.address)) return reachHostFromGuest(desired, trail);
  const target = nicAt(desired, trail.destination.address);
  const forwarded = trail.destination.address !== to.address;
  if (target) return reachGuest(desired, trail, nic, target, forwarded ? 'forward' : 'route');
  return forwarded ? refuseDetached(trail) : reachWorld(desired, trail, nic);
}
