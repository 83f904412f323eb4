import { type WatchPlace, watchPlaces } from './attack.ts';
import type { AttackOutcome } from './run-attack.ts';

/** Share of its rate that the victim's stream keeps. */
export const leastStream = 0.95;

/** Frames of a storm at the edge of a second, and what the kernel's bucket gains while it is asked. */
const ROUNDING = 1.05;

function complainOfArrived({ attack, arrived }: AttackOutcome, place: WatchPlace): string[] {
  const found = arrived.get(place);
  if (!found || found.count === 0) return [];
  const { honest } = attack;
  if (!honest) return [`${found.count} frames arrived at ${place}: ${found.reasons.join('; ')}`];
  const lies = found.reasons.filter((reason) => reason !== 'a frame of the attack');
  if (lies.length > 0) return [`at ${place}: ${lies.join('; ')}`];
  const most = (honest.perSecond + honest.atOnce) * ROUNDING;
  if (!honest.at.includes(place) || found.busiest <= most) return [];
  return [`${found.busiest} frames arrived at ${place} within a second, at most ${most} may`];
}

function complainOfAlert({ attack, alert, port }: AttackOutcome): string[] {
  const complaints = alert.others.map((other) => `an alert names somebody else: ${other}`);
  if (alert.after !== undefined && alert.after < 0) {
    complaints.push(`it was told ${-Math.round(alert.after)} ms before the first frame that is known for one`);
  }
  if (attack.alert === 'none' || attack.alert === 'limit-event') {
    if (attack.alert === 'limit-event' && alert.after === undefined) complaints.push('no event names the guest');
    return [...complaints, ...alert.rules.map((rule) => `alert ${rule}, expected none`)];
  }
  if (alert.rules.length !== 1) complaints.push(`${alert.rules.length} alerts name ${port}: ${alert.rules.join(', ')}`);
  if (alert.rules[0] !== undefined && alert.rules[0] !== attack.alert) {
    complaints.push(`alert ${alert.rules[0]}, expected ${attack.alert}`);
  }
  return complaints;
}

/** What a machine that is busy with something else can be the cause of: it is tried again before it counts. */
function complainOfTime({ attack, alert, stream }: AttackOutcome): string[] {
  const within = attack.alertWithin ?? 1_000;
  const late = alert.after !== undefined && alert.after > within;
  return [
    ...(stream < leastStream ? [`the victim's stream kept ${(stream * 100).toFixed(1)} % of its rate`] : []),
    ...(late
      ? [`the alert came ${Math.round(alert.after ?? 0)} ms after the first frame, at most ${within} are allowed`]
      : []),
  ];
}

function complainOfDeeds(outcome: AttackOutcome): string[] {
  const { isolation, changed, harm } = outcome;
  return [
    ...watchPlaces.flatMap((place) => complainOfArrived(outcome, place)),
    ...changed.map((entry) => `what is remembered changed: ${entry}`),
    ...(harm === undefined ? [] : [harm]),
    ...complainOfAlert(outcome),
    ...isolation.arrived.map((what) => `after isolation: ${what}`),
    ...(isolation.running ? [] : ['the tool had ended when its silence was looked at']),
    ...(isolation.sent > 0 ? [] : ['the attacker sent nothing while it was isolated']),
    ...(isolation.undone ? [] : ['the guest does not reach the world after isolation was undone']),
  ];
}

/** Everything that is not as it should be; empty when the attack failed in every respect. */
export function complaintsOf(outcome: AttackOutcome): string[] {
  return [...complainOfDeeds(outcome), ...complainOfTime(outcome)];
}

/** The attack achieved nothing, but it was too slow to be seen, or the stream was. */
export function isOnlyLate(outcome: AttackOutcome): boolean {
  return complainOfDeeds(outcome).length === 0 && complainOfTime(outcome).length > 0;
}
