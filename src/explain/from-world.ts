import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { renderEnd } from './flow.ts';
import { askPolicies, noteAnswer, noteLimits } from './judge.ts';
import { deliverToNic, isShared, nicAt, noteShare, refuseDetached, shareNic } from './places.ts';
import { lookUpForward } from './publish.ts';
import { aboutBlock, publishPort } from './remedies.ts';
import { deliverToHost } from './to-host.ts';
import type { Trail } from './trail.ts';

function reachGuest(desired: DesiredState, trail: Trail, to: DesiredNic, open: boolean): Explanation {
  const verdict = askPolicies(desired, 'world', trail);
  if (typeof verdict === 'object') return verdict;
  if (verdict === undefined && !open) {
    const text = `nobody in the world reaches an inner address such as ${trail.destination.address} directly`;
    return trail.refuse('policy', text, { remedy: publishPort(desired, trail.flow) });
  }
  if (verdict === undefined) trail.note('policy', 'what is published is open to the world unless a policy denies it');
  noteLimits(desired, trail, to, false);
  noteAnswer(trail);
  return deliverToNic(trail, to, trail.source.address);
}

function noteArrival(desired: DesiredState, trail: Trail): void {
  const { flow, destination } = trail;
  const name = desired.uplink.interface;
  const { address } = flow.from;
  const who = flow.from.anyAddress
    ? `from anybody (here ${address}, which no source list and no policy names)`
    : `from ${address}`;
  const at = renderEnd(destination.address, destination.port);
  trail.note('uplink', `a packet ${who} to ${at} comes in by uplink "${name}"`, { kind: 'uplink', name });
}

/** The way of a packet that the world sends. */
export function followFromWorld(desired: DesiredState, trail: Trail): Explanation {
  const { published, to } = trail.flow;
  if (published) {
    const text = `${to.name} port ${to.port} is published as ${renderEnd(published.address, published.port)}, so that is where the world sends to`;
    trail.note('forward', text, { kind: 'forward', name: published.forward });
  }
  noteArrival(desired, trail);
  if (!isShared(desired, trail.destination.address)) {
    const nic = nicAt(desired, trail.destination.address);
    // Gateways are the host's: what comes to them by the uplink is the host's own firewall's business.
    return nic ? reachGuest(desired, trail, nic, false) : deliverToHost(trail);
  }
  const refused = lookUpForward(desired, trail, true);
  if (refused) return refused;
  const owner = shareNic(desired, trail);
  if (owner) {
    noteShare(trail, owner);
    return reachGuest(desired, trail, owner, true);
  }
  if (isShared(desired, trail.destination.address)) {
    trail.note(
      'host',
      aboutBlock(desired, trail) ?? 'no forward and no guest has it, so it is for the host, whose own firewall decides',
      {
        kind: 'host',
        name: 'host',
      },
    );
    noteAnswer(trail);
    return deliverToHost(trail);
  }
  const nic = nicAt(desired, trail.destination.address);
  return nic ? reachGuest(desired, trail, nic, true) : refuseDetached(trail);
}
