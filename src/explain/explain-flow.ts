import type { DesiredSegment, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { type FlowQuestion, findFlow } from './find-flow.ts';
import type { Flow } from './flow.ts';
import { followFromGuest } from './from-guest.ts';
import { followFromHost } from './from-host.ts';
import { followFromWorld } from './from-world.ts';
import { nicAt } from './places.ts';
import { Trail } from './trail.ts';

/** The kernel has the host speak to a segment from its address there; the shared address is for everybody else. */
function withHostSource(desired: DesiredState, flow: Flow, asked: string): Flow {
  const nic = nicAt(desired, flow.to.address);
  // Who names an address of the host wants that one.
  if (!nic || !/^host(?::|$)/.test(asked)) return flow;
  const { gateway, gateway6 } = desired.segments.get(nic.segment) as DesiredSegment;
  const address = flow.family === 4 ? gateway : gateway6;
  return address === undefined ? flow : { ...flow, from: { ...flow.from, address } };
}

/**
 * Follows the first packet of a new flow through what the site means: the same decisions in the same order as the
 * rules that the Linux driver makes of the site, which test/kernel/explain.test.ts proves with real packets.
 * How many sessions are open, how fast they come, and the host's own firewall and routes are not part of the site.
 * Throws `value-invalid` for what cannot be asked, `not-found` for names and addresses that are nobody's.
 */
export function explainFlow(desired: DesiredState, question: FlowQuestion): Explanation {
  const flow = findFlow(desired, question);
  if (flow.from.kind === 'host')
    return followFromHost(desired, new Trail(withHostSource(desired, flow, question.from)));
  const trail = new Trail(flow);
  return flow.sender ? followFromGuest(desired, trail, flow.sender) : followFromWorld(desired, trail);
}
