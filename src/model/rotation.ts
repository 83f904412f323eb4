import type { Label } from './names.ts';

/** How the NICs of a site get new MAC addresses. All times in seconds. */
export interface Rotation {
  /** How long a NIC may use both addresses at most. */
  readonly overlap: number;
  /** How long the old address must be silent before it retires. */
  readonly grace: number;
  /** How long a hook may take. */
  readonly hookTimeout: number;
  /** Program that moves a guest, by the `kind` of the guest. A guest without one moves by itself. */
  readonly hooks: ReadonlyMap<string, string>;
  readonly schedules: readonly RotationSchedule[];
}

/** Rotates NICs whose lease is old, at a time of day. With at most one of `owner`, `segment` and `pool`, for whom it is. */
export interface RotationSchedule {
  /** Seconds: a lease that is older is due. */
  readonly every: number;
  /** Minutes since midnight, by the clock on the wall. */
  readonly at: number;
  /** NICs that wait for their guest to move at the same time. */
  readonly atMost: number;
  readonly owner?: Label;
  readonly segment?: Label;
  readonly pool?: Label;
}

/** What holds in a site that says nothing about it. */
export const defaultRotation: Rotation = {
  overlap: 86_400,
  grace: 600,
  hookTimeout: 60,
  hooks: new Map(),
  schedules: [],
};

/** `every 30d at 03:00, owner team-a`: what a schedule is known by, in words. */
export function renderSchedule({ every, at, owner, segment, pool }: RotationSchedule): string {
  const days = every % 86_400 === 0 ? `${every / 86_400}d` : `${every}s`;
  const scope = Object.entries({ owner, segment, pool }).filter(([, name]) => name !== undefined);
  return [`every ${days} at ${renderTimeOfDay(at)}`, ...scope.map((part) => part.join(' '))].join(', ');
}

/** `03:00` */
export function renderTimeOfDay(minutes: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/**
 * The latest moment (ms since the epoch), not after `now`, at which the clock on the wall shows this time of day. On a
 * day whose clock leaps over it, the moment after the leap; where the clock shows it twice, the first of the two.
 */
export function latestTimeOfDay(minutes: number, now: number): number {
  const day = new Date(now);
  const on = (offset: number): number =>
    new Date(
      day.getFullYear(),
      day.getMonth(),
      day.getDate() + offset,
      Math.floor(minutes / 60),
      minutes % 60,
    ).getTime();
  return on(0) <= now ? on(0) : on(-1);
}
