import { AppError } from '../../errors/app-error.ts';
import type { LeaseState } from './leases.ts';

/**
 * What can happen to an address. `free` is both where it begins (nobody has it) and where a lease ends (history).
 * `lease` and `reserve` begin a lease; `activate`: its NIC uses it; `retire`: a rotation put another in its place;
 * `restore`: that rotation went back; `release`: its quarantine begins; `free`: at once, or the quarantine is over;
 * `take over`: a lease of nobody in particular ends because a NIC gets the address.
 */
export type LeaseEvent = 'reserve' | 'lease' | 'activate' | 'retire' | 'restore' | 'release' | 'free' | 'take over';

/** Every transition that there is; whatever is not here is refused. */
const leaseTransitions: Readonly<Record<LeaseEvent, Readonly<Partial<Record<LeaseState, LeaseState>>>>> = {
  reserve: { free: 'reserved' },
  lease: { free: 'active' },
  activate: { reserved: 'active' },
  retire: { active: 'retiring' },
  restore: { retiring: 'active' },
  release: { reserved: 'quarantined', active: 'quarantined', retiring: 'quarantined' },
  free: { reserved: 'free', active: 'free', retiring: 'free', quarantined: 'free' },
  'take over': { reserved: 'free', active: 'free' },
};

export const leaseStates: readonly LeaseState[] = ['reserved', 'active', 'retiring', 'quarantined', 'free'];
export const leaseEvents = Object.keys(leaseTransitions) as readonly LeaseEvent[];

/** Whether a lease in this state keeps its address from everybody else for as long as it stays in it. */
export function holdsAddress(state: LeaseState): boolean {
  return state === 'reserved' || state === 'active' || state === 'retiring';
}

/** The state after an event. Throws `conflict` when the event cannot happen in this state; `title` names the lease. */
export function nextLeaseState(state: LeaseState, event: LeaseEvent, title: string): LeaseState {
  const next = leaseTransitions[event][state];
  if (next !== undefined) return next;
  const possible = Object.keys(leaseTransitions[event]).map((from) => `"${from}"`);
  throw new AppError(
    'conflict',
    `${title} is "${state}", so it cannot take the step "${event}"; expected a lease that is ${possible.join(' or ')}`,
    { details: { state, event, expected: Object.keys(leaseTransitions[event]) } },
  );
}
