import { AppError } from '../errors/app-error.ts';
import { quoteValue } from './quote-value.ts';

/** What a written time may mean: any moment between the two, both included (ms since the epoch). */
interface Instant {
  readonly from: number;
  readonly to: number;
}

const form = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;
const minute = 60_000;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `03/Nov/2026:14:32:00 +0000` of web servers' logs, `Tue, 03 Nov 2026 14:32:00 +0000` of mail (RFC 5322). */
const withMonth = /^(?:[A-Za-z]{3},\s*)?(\d{1,2})[ /-]([A-Za-z]{3})[ /-](\d{4})[: ](\d{2}:\d{2}.*)$/;

function withoutMonth(text: string): string {
  const [, day, name, year, rest] = withMonth.exec(text) ?? [];
  const month = months.indexOf(name?.toLowerCase() ?? '') + 1;
  if (month === 0) return text;
  return `${year}-${String(month).padStart(2, '0')}-${day?.padStart(2, '0')} ${rest}`;
}

/**
 * Reads a time of the past that somebody noted elsewhere: ISO 8601 with a zone (`2026-11-03T14:32:00Z`,
 * `2026-11-03 15:32:00.250 +01:00`), the forms of web servers and of mail, or seconds or milliseconds since the epoch. A time to the second means any moment
 * in that second, one to the minute any in that minute. `zone` (`Z`, `+01:00`) is that of times that name none: without
 * it they are refused, for an hour amiss is another guest. Throws `value-invalid`.
 */
export function parseInstant(text: string, zone?: string): Instant {
  const trimmed = text.trim();
  const epoch = /^(\d{9,10})(?:\.(\d{1,6}))?$|^(\d{12,13})$/.exec(trimmed);
  if (epoch) return epochInstant(epoch);
  const match = form.exec(withoutMonth(trimmed));
  const [, day, time, seconds, fraction, written] = match ?? [];
  const named = written ?? zone;
  if (match && named === undefined) {
    throw new AppError(
      'value-invalid',
      `time ${quoteValue(trimmed)} has no zone; expected one such as "${day}T${time}:${seconds ?? '00'}Z" or "…+01:00"`,
    );
  }
  const offset = /^[+-]/.test(named ?? '') ? (named as string).replace(/^(.\d{2}):?(\d{2})$/, '$1:$2') : 'Z';
  const from = match ? Date.parse(`${day}T${time}:${seconds ?? '00'}${offset}`) : Number.NaN;
  // Date makes March of 31 February.
  const isDay = match && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day as string);
  if (!isDay || Number.isNaN(from)) {
    throw new AppError(
      'value-invalid',
      `time ${quoteValue(trimmed)} is neither a date and time with a zone such as "2026-11-03T14:32:00Z" nor seconds since the epoch`,
    );
  }
  return spread(from, seconds === undefined ? minute : 1000, fraction);
}

function epochInstant([, seconds, fraction, milliseconds]: RegExpExecArray): Instant {
  if (milliseconds !== undefined) return { from: Number(milliseconds), to: Number(milliseconds) };
  return spread(Number(seconds) * 1000, 1000, fraction);
}

/** A fraction says which part of the second is meant. */
function spread(from: number, length: number, fraction: string | undefined): Instant {
  if (fraction === undefined) return { from, to: from + length - 1 };
  const begin = from + Math.floor(Number(`0.${fraction}`) * 1000);
  const grain = Math.max(1, 1000 / 10 ** fraction.length);
  return { from: begin, to: begin + grain - 1 };
}

/** `2026-11-03 14:32:00Z`, with milliseconds where there are some: the same for every reader. */
export function renderInstant(at: number): string {
  const text = new Date(at).toISOString().replace('T', ' ');
  return at % 1000 === 0 ? text.replace('.000Z', 'Z') : text;
}
