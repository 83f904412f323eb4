import type { DesiredState } from '../../../model/desired-state.ts';
import type { Rate } from '../../../model/quantity.ts';
import type { GuestLimits, Limits } from '../../../model/site.ts';

/** What one guest may: guests with the same limits share chains and sets. */
export interface LimitClass {
  readonly sessions: number;
  readonly newSessions: Rate;
}

/**
 * How the sessions of all are kept within the limit of the site without a list of all, which everybody would have to
 * walk. `share` sessions are each address's own; the rest, in slices, is for whoever comes first. Shares and slices
 * together are never more than the limit of the site.
 */
export interface TotalLimit {
  readonly share: number;
  /** A power of two. */
  readonly slices: number;
  readonly perSlice: number;
}

/** What the rules of limits depend on. */
export interface LimitFeatures {
  readonly site: LimitClass;
  /** Other than the site's, each once, in a fixed order. */
  readonly classes: readonly LimitClass[];
  /** Absent while the limits of the guests together cannot reach that of the site. */
  readonly total?: TotalLimit;
}

export const className = ({ sessions, newSessions }: LimitClass): string =>
  `${sessions}_${newSessions.count}_${newSessions.per}`;

/** The limits that hold for a guest. */
export function classOf(limits: Limits, own: GuestLimits = {}): LimitClass {
  return {
    sessions: own.sessions ?? limits.sessionsPerGuest,
    newSessions: own.newSessions ?? limits.newSessionsPerGuest,
  };
}

/** Whether a guest has limits other than the site's. */
export function hasOwnClass(limits: Limits, own: GuestLimits | undefined): own is GuestLimits {
  return own !== undefined && className(classOf(limits, own)) !== className(classOf(limits));
}

/** Sessions in one slice at least: the more, the more evenly slices fill; the less, the shorter the walk. */
const sliceSize = 128;
const powerOfTwoBelow = (value: number): number => 2 ** Math.floor(Math.log2(Math.max(1, value)));

/** Half of the limit is shared out among addresses; the counts change at powers of two, so one guest more changes nothing. */
function shareOut(sessions: number, addresses: number): TotalLimit {
  const holders = 2 ** Math.ceil(Math.log2(addresses));
  const share = Math.floor(sessions / 2 / holders);
  const rest = sessions - share * holders;
  const slices = powerOfTwoBelow(rest / sliceSize);
  return { share, slices, perSlice: Math.floor(rest / slices) };
}

export function limitFeaturesOf(desired: DesiredState): LimitFeatures {
  const { limits } = desired;
  const site = classOf(limits);
  const classes = new Map<string, LimitClass>();
  let addresses = 0;
  let reachable = 0;
  for (const nic of desired.nics.values()) {
    const own = classOf(limits, nic.limits);
    if (hasOwnClass(limits, nic.limits)) classes.set(className(own), own);
    const count = nic.ipv6 ? 2 : 1;
    addresses += count;
    reachable += count * own.sessions;
  }
  return {
    site,
    classes: [...classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, limit]) => limit),
    ...(reachable > limits.sessions ? { total: shareOut(limits.sessions, addresses) } : {}),
  };
}
