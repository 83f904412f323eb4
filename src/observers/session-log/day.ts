/** Days are counted from the epoch, in UTC. */
export const dayLength = 86_400_000;

export const dayOf = (time: number): number => Math.floor(time / dayLength);

export const dayStart = (day: number): number => day * dayLength;

/** `2026-11-22`. */
export const renderDay = (day: number): string => new Date(dayStart(day)).toISOString().slice(0, 10);

const suffix = '.sessions';

export const segmentName = (day: number): string => `${renderDay(day)}${suffix}`;

/** Day of a segment's file name; undefined for what is none. */
export function parseSegmentName(name: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d\.sessions$/.test(name)) return undefined;
  const time = Date.parse(`${name.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : dayOf(time);
}
