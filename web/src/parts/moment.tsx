import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** `3 minutes ago`, in a language. Times are milliseconds since the epoch. */
export function relativeTime(at: number, now: number, language: string): string {
  const distance = at - now;
  const [unit, length] = units.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1_000];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(distance / length), unit);
}

/** `2026-11-22 14:32:07`, in the reader's time zone: the same order in every language, and sortable. */
export function exactTime(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return Number.isFinite(local.getTime()) ? local.toISOString().slice(0, 19).replace('T', ' ') : '–';
}

/** How long ago (or ahead) a time is, kept up to date; the exact time is its title. */
export function Moment({ at }: { readonly at: number }) {
  const { i18n } = useTranslation();
  // Now is read when it is shown: what has just happened is not ahead of a clock that was read some seconds ago.
  const [, showAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => showAgain((times) => times + 1), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {relativeTime(at, Date.now(), i18n.language)}
    </time>
  );
}
