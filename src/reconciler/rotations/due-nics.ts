import { macToInteger } from '../../model/mac-address.ts';
import { latestTimeOfDay, type RotationSchedule, renderSchedule } from '../../model/rotation.ts';
import type { Pool } from '../../model/site.ts';
import type { Lease } from '../../registry/leases/leases.ts';
import type { SiteNic } from './choose-nics.ts';

/** Schedules whose time of day has come since they were last looked after, and those that are seen for the first time. */
export function dueSchedules(
  schedules: readonly RotationSchedule[],
  runs: ReadonlyMap<string, number>,
  now: number,
): { due: RotationSchedule[]; fresh: RotationSchedule[] } {
  const due: RotationSchedule[] = [];
  const fresh: RotationSchedule[] = [];
  for (const schedule of schedules) {
    const last = runs.get(renderSchedule(schedule));
    // A schedule that was just written waits for its time; a time that was missed is made up for once.
    if (last === undefined) fresh.push(schedule);
    else if (last < latestTimeOfDay(schedule.at, now)) due.push(schedule);
  }
  return { due, fresh };
}

/** Milliseconds that a lease may be younger than a schedule says. */
const tolerance = 43_200_000;

/**
 * A lease that began at this moment (ms since the epoch) or earlier is old enough. A lease that began some seconds after
 * its time of day, or waited for its turn, would else be too young the next time, and `every 7d` would be every 8 days.
 */
export function dueSince(every: number, now: number): number {
  return now - every * 1000 + Math.min(tolerance, every * 500);
}

/** Whether a schedule is about a NIC whose lease is this one, and the lease is old enough. */
export function isDue(
  { every, owner, segment, pool }: RotationSchedule,
  { guest, nic }: SiteNic,
  lease: Pick<Lease, 'mac' | 'since'> | undefined,
  pools: readonly Pool[],
  now: number,
): boolean {
  if (lease === undefined || lease.since > dueSince(every, now)) return false;
  if (owner !== undefined && guest.owner !== owner) return false;
  if (segment !== undefined && nic.segment !== segment) return false;
  if (pool === undefined) return true;
  const range = pools.find(({ name }) => name === pool)?.range;
  const mac = macToInteger(lease.mac as Parameters<typeof macToInteger>[0]);
  return range !== undefined && range.first <= mac && mac <= range.last;
}
