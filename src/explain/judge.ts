import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Explanation } from '../model/explanation.ts';
import { renderRate } from '../model/quantity.ts';
import { protocolNumber } from './flow.ts';
import { matchPolicy } from './match-policy.ts';
import { nicAt, shareNic } from './places.ts';
import { policyBefore } from './remedies.ts';
import type { Trail } from './trail.ts';

const between = {
  inner: 'between guests',
  world: 'between guests and the world',
  host: 'of guests to the host',
} as const;

/** Asks the policies of one place. `allow`: one lets it through. Undefined: none speaks of it. */
export function askPolicies(
  desired: DesiredState,
  place: keyof typeof between,
  trail: Trail,
): Explanation | 'allow' | undefined {
  const { flow, destination } = trail;
  const box = matchPolicy(desired, place, {
    family: flow.family,
    source: flow.from.address,
    destination: destination.address,
    protocol: protocolNumber(flow),
    port: destination.port ?? 0,
  });
  if (!box) {
    if (desired.policies[place].length > 0) trail.note('policy', `no policy ${between[place]} speaks of this flow`);
    return undefined;
  }
  const object = { kind: 'policy', name: box.policy } as const;
  if (box.action === 'allow') {
    trail.note('policy', `policy "${box.policy}" allows it`, object);
    return 'allow';
  }
  const nic = place === 'host' ? undefined : (nicAt(desired, destination.address) ?? shareNic(desired, trail));
  const host = { kind: 'host', name: 'host', address: destination.address } as const;
  const to = nic
    ? ({ kind: 'NIC', name: nic.id, address: destination.address } as const)
    : place === 'host'
      ? host
      : flow.to;
  return trail.refuse('policy', `policy "${box.policy}" denies it`, {
    object,
    remedy: policyBefore(box.policy, flow, to, destination.port),
  });
}

/**
 * Says what the limits of the guest are that the session is counted for. How many sessions are open just now is not part
 * of the site.
 */
export function noteLimits(desired: DesiredState, trail: Trail, nic: DesiredNic, begins: boolean): void {
  const { limits } = desired;
  const sessions = nic.limits?.sessions ?? limits.sessionsPerGuest;
  const newSessions = nic.limits?.newSessions ?? limits.newSessionsPerGuest;
  const rate = begins ? ` and begin ${renderRate(newSessions)}` : '';
  const text = `${nic.guest} may have ${sessions} open sessions${rate}, all guests together may have ${limits.sessions}`;
  trail.note('limits', text, { kind: 'limit', name: 'sessionsPerGuest' });
}

/** Says how answers come back. */
export function noteAnswer(trail: Trail): void {
  trail.note('answer', 'answers are known by the session and go the same way back; no policy is asked again');
}
