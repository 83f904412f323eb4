import { AppError } from '../errors/app-error.ts';
import type { MacRange } from '../model/mac-range.ts';
import type { PoolSpace } from '../registry/pools/pool-space.ts';
import type { ChangeRate } from './change-rate.ts';

/** Seconds of one step of a simulation. Quarantines are rounded up to it. */
export const tick = 60;
export const ticksPerDay = 86_400 / tick;
const daysPerYear = 365;

/** More would take too long to wait for, or too much memory. */
const mostLeases = 2e9;
const mostNics = 50e6;
const mostYears = 100;

/** A cloud to play. */
export interface CloudPlan {
  /** NICs on the first day. */
  readonly nics: number;
  readonly range: MacRange;
  readonly strategy: PoolSpace['strategy'];
  /** NICs that end, each followed by a new one. */
  readonly churn: ChangeRate;
  /** NICs that come on top. */
  readonly growth?: ChangeRate;
  /** Seconds. */
  readonly quarantine: number;
  /** Seconds that a guest may go on to use its addresses after it was cut off. */
  readonly dhcpLease: number;
  readonly years: number;
  /** The same seed plays the same cloud. */
  readonly seed: number;
}

/** How many steps the plan takes, and the most NICs that there will be. Throws `value-invalid` when it is too large. */
export function measurePlan({ nics, churn, growth, years }: CloudPlan): { ticks: number; most: number } {
  if (!(years > 0 && years <= mostYears)) refuse(`${years} years cannot be simulated; expected up to ${mostYears}`);
  const days = years * daysPerYear;
  const ticks = Math.max(1, Math.round(days * ticksPerDay));
  let most = nics;
  if (growth?.ofNics) most = nics * (1 + growth.perDay / ticksPerDay) ** ticks;
  else if (growth !== undefined) most = nics + growth.perDay * days;
  if (!(most <= mostNics)) {
    const grown = growth === undefined ? '' : ` with a growth of ${growth.text} for ${years} years`;
    refuse(`${nics} NICs${grown} are too many to simulate; expected at most ${mostNics} at once`);
  }
  const leases = (churn.ofNics ? most * churn.perDay : churn.perDay) * days;
  if (leases > mostLeases) {
    refuse(
      `${years} years with a churn of ${churn.text} are about ${Math.round(leases)} leases; expected at most ${mostLeases}, so simulate fewer years or less churn`,
    );
  }
  // One more for what rounding adds.
  return { ticks, most: Math.ceil(most) + 1 };
}

function refuse(message: string): never {
  throw new AppError('value-invalid', message);
}
