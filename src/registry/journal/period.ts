/** A stretch of time whose pseudonyms share a key. */
export interface Period {
  /** `2026-11-22+30d`: its first day (UTC) and its length. */
  readonly id: string;
  /** Milliseconds since the epoch; `end` is not part of it. */
  readonly start: number;
  readonly end: number;
}

export const defaultPeriodDays = 30;

const day = 86_400_000;

/** The period that was asked for last: it is asked for with every address in the journal. */
let last: (Period & { readonly days: number }) | undefined;

/** The period that holds a time. All computers agree on it: periods are counted from the epoch. */
export function periodOf(at: number, days: number): Period {
  if (last?.days === days && at >= last.start && at < last.end) return last;
  const length = days * day;
  last = { ...periodFrom(Math.floor(at / length) * length, days), days };
  return last;
}

function periodFrom(start: number, days: number): Period {
  return { id: `${new Date(start).toISOString().slice(0, 10)}+${days}d`, start, end: start + days * day };
}

/** Reads the id of a period; undefined for anything else. */
export function parsePeriod(id: string): Period | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})\+([1-9]\d{0,4})d$/.exec(id);
  const start = Date.parse(`${match?.[1]}T00:00:00Z`);
  if (!match || Number.isNaN(start)) return undefined;
  const period = periodFrom(start, Number(match[2]));
  return period.id === id ? period : undefined;
}
