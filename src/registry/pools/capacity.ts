import type { Fill } from '../leases/leases.ts';

const day = 86_400_000;
/** The stretch that counts as recent, in days. */
const recentDays = 7;
/** With less history than this, in days, nothing is said about growth. */
const leastDays = 1;
/** Points at which the fill is looked at, so that an hour with many changes weighs no more than a quiet one. */
const samples = 256;

/** How a pool fills. */
export interface Growth {
  /** Addresses per day, held and resting ones together; the slope of the line that fits best. */
  readonly perDay: number;
  /** Until no address is free, at this growth; 0 when it is full now, absent when it does not grow. */
  readonly daysUntilFull?: number;
}

/** How full a pool is and when it will be full. */
export interface Capacity {
  /** Addresses without holes. */
  readonly size: number;
  readonly held: number;
  readonly quarantined: number;
  readonly free: number;
  /** Held and resting ones in percent of the size, not rounded; 100 for a pool without addresses. */
  readonly percent: number;
  /** Over the whole history; absent while that is shorter than a day. */
  readonly overall?: Growth;
  /** Over the last 7 days of it. */
  readonly recent?: Growth;
}

/**
 * `history` is in the order of time; a fill holds until the next one, the last one until now, and `current` is the
 * fill now. Leases outside of the drawn addresses (in holes) may make it more than the size: free is never below 0.
 */
export function capacityOf(size: number, current: Fill, history: readonly Fill[]): Capacity {
  const used = current.held + current.quarantined;
  const free = Math.max(0, size - used);
  const first = history[0]?.at ?? current.at;
  const overall = growth(size, current, history, first);
  const recent = growth(size, current, history, Math.max(first, current.at - recentDays * day));
  return {
    size,
    held: current.held,
    quarantined: current.quarantined,
    free,
    percent: size === 0 ? 100 : (used / size) * 100,
    ...(overall === undefined ? {} : { overall }),
    ...(recent === undefined ? {} : { recent }),
  };
}

function growth(size: number, current: Fill, history: readonly Fill[], since: number): Growth | undefined {
  const days = (current.at - since) / day;
  if (days < leastDays) return undefined;
  const perDay = slope(sample([...history, current], since, current.at), days);
  const free = size - current.held - current.quarantined;
  if (free <= 0) return { perDay, daysUntilFull: 0 };
  return perDay > 0 ? { perDay, daysUntilFull: free / perDay } : { perDay };
}

/** The fill at evenly spaced times from `since` to `until`, both included. */
function sample(fills: readonly Fill[], since: number, until: number): number[] {
  const values: number[] = [];
  let next = 0;
  let value = 0;
  for (let step = 0; step < samples; step++) {
    const at = since + ((until - since) * step) / (samples - 1);
    for (let fill = fills[next]; fill !== undefined && fill.at <= at; fill = fills[++next]) {
      value = fill.held + fill.quarantined;
    }
    values.push(value);
  }
  return values;
}

/** Slope per day of the line that fits evenly spaced values over `days` best (least squares). */
function slope(values: readonly number[], days: number): number {
  const middle = (values.length - 1) / 2;
  let product = 0;
  let square = 0;
  for (const [step, value] of values.entries()) {
    product += (step - middle) * value;
    square += (step - middle) ** 2;
  }
  return (product / square) * ((values.length - 1) / days);
}
