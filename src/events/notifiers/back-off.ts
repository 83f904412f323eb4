/** How patiently something is tried again. Milliseconds. */
export interface Pace {
  readonly first: number;
  readonly longest: number;
  /** What was tried and failed this long after it was handed over is given up. */
  readonly giveUp: number;
  /** Tries of what was refused for its own sake. */
  readonly refusals: number;
  /** A new message brings a try forward to this long after the last one. */
  readonly fresh: number;
  /** At most so many single messages a minute to people; more become one that sums them up. */
  readonly perMinute: number;
  readonly minute: number;
  /** Longest time for one try. */
  readonly try: number;
}

export const usualPace: Pace = {
  first: 1_000,
  longest: 15 * 60_000,
  giveUp: 24 * 3_600_000,
  refusals: 5,
  fresh: 60_000,
  perMinute: 20,
  minute: 60_000,
  try: 60_000,
};

/** Longest time that somebody who is told may ask to be left alone for. */
const longestLeaveAlone = 3_600_000;

/**
 * Milliseconds until the try after `failures` of them: doubled each time, and between half and all of that by chance, so
 * that many hosts do not come back in the same moment.
 */
export function backOff({ first, longest }: Pace, failures: number, leaveAlone = 0, chance = Math.random()): number {
  const whole = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return Math.max(whole * (0.5 + chance / 2), Math.min(leaveAlone, longestLeaveAlone));
}
