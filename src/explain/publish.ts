import type { DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { renderRate } from '../model/quantity.ts';
import { renderEnd } from './flow.ts';
import { forwardAt, mayUse, targetOf } from './published.ts';
import type { Trail } from './trail.ts';

/**
 * Looks the port of the shared address up among the forwards. Answers why the packet ends there, or nothing: then its
 * destination is translated, unless no forward holds it. Source lists and rates are `forOthers` than the host.
 */
export function lookUpForward(desired: DesiredState, trail: Trail, forOthers: boolean): Explanation | undefined {
  const { flow, destination } = trail;
  const { address, port } = destination;
  const forward = port === undefined ? undefined : forwardAt(desired, flow.protocol, port);
  if (!forward || port === undefined) return undefined;
  const object = { kind: 'forward', name: forward.id } as const;
  if (forOthers && !mayUse(forward, flow.family, flow.from.address)) {
    const list = [...forward.from4, ...forward.from6].map(({ text }) => text).join(', ');
    return trail.refuse(
      'forward',
      `forward ${forward.id} is for ${list} only, and ${flow.from.address} is not among them`,
      {
        object,
        remedy: flow.from.anyAddress
          ? `leave \`from\` of forward ${forward.id} out, or add the addresses to it that may use it`
          : `add "${flow.from.address}" to \`from\` of forward ${forward.id}, or leave \`from\` out for everybody`,
      },
    );
  }
  if (forOthers && forward.restricted) {
    trail.note('forward', `${flow.from.address} is on the source list of forward ${forward.id}`, object);
  }
  if (forOthers && forward.rate) {
    trail.note(
      'forward',
      `forward ${forward.id} takes ${renderRate(forward.rate)} new connections; what is over that is refused`,
      object,
    );
  }
  const target = targetOf(forward, flow.family, port);
  if (!target) {
    trail.note('forward', `forward ${forward.id} leads to no IPv6 address, so the packet is the host's`, object);
    return undefined;
  }
  trail.note(
    'forward',
    `forward ${forward.id} leads ${renderEnd(address, port)} to ${forward.guest}, ${renderEnd(target.address, target.port)}`,
    object,
  );
  trail.translateDestination(target);
  return undefined;
}
