import { AppError } from '../errors/app-error.ts';
import { parseDuration } from './quantity.ts';
import { quoteValue } from './quote-value.ts';

const words: Readonly<Record<string, string>> = {
  second: 's',
  minute: 'm',
  hour: 'h',
  day: 'd',
};

/** Milliseconds of `3h`, `3h ago`, `2 days ago`; a week is seven days. Undefined for anything else. */
function parseAgo(text: string): number | undefined {
  const match = /^(\d{1,6})\s*(?:(s|m|h|d|w)|(second|minute|hour|day|week)s?)(?:\s+ago)?$/.exec(text);
  if (!match) return undefined;
  const unit = match[2] ?? words[match[3] ?? ''] ?? 'w';
  const count = unit === 'w' ? Number(match[1]) * 7 : Number(match[1]);
  return count === 0 ? 0 : parseDuration(`${count}${unit === 'w' ? 'd' : unit}`) * 1000;
}

/** Whether there is such a day: Date makes March of 31 February. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

/**
 * Reads a time: ISO 8601 (`2026-11-20`, `2026-11-20T14:32:07Z`; local time without a zone, RFC 3339 says how zones are
 * written), or how long ago (`30d`, `3h ago`, `2 days ago`). Answers milliseconds since the epoch. Throws `value-invalid`.
 */
export function parseMoment(text: string, now: number): number {
  const ago = parseAgo(text.trim());
  if (ago !== undefined) return now - ago;
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim(),
  );
  // A date alone would be read as UTC, a date with a time as local: here both are local.
  const at = match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ''}`) : Number.NaN;
  if (match && !Number.isNaN(at) && isDay(match[1] as string)) return at;
  throw new AppError(
    'value-invalid',
    `time ${quoteValue(text)} is neither a date such as "2026-11-20" or "2026-11-20T14:32:07Z" nor how long ago, such as "30d" or "2 days ago"`,
  );
}
