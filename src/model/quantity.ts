import { AppError } from '../errors/app-error.ts';
import { quoteValue } from './quote-value.ts';

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Reads `120s`, `10m`, `2h`, `1d`. Answers whole seconds. Throws `value-invalid`. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = Number(match?.[1]) * (unitSeconds[match?.[2] ?? ''] ?? Number.NaN);
  if (!match || seconds < 1 || seconds > 2 ** 31 - 1) {
    throw new AppError(
      'value-invalid',
      `duration ${quoteValue(text)} is not a number and a unit, such as "120s", "10m", "2h" or "1d"`,
    );
  }
  return seconds;
}

export function renderDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = unitSeconds[unit] as number;
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** `count` events per unit of time. */
export interface Rate {
  readonly count: number;
  readonly per: 'second' | 'minute' | 'hour' | 'day';
}

/** Reads `200/second`, `10/minute`, `5/hour`, `1/day`. Throws `value-invalid`. */
export function parseRate(text: string): Rate {
  const match = /^(\d{1,9})\/(second|minute|hour|day)$/.exec(text);
  if (!match || Number(match[1]) < 1) {
    throw new AppError(
      'value-invalid',
      `rate ${quoteValue(text)} is not a number and a unit of time, such as "10/minute"`,
    );
  }
  return { count: Number(match[1]), per: match[2] as Rate['per'] };
}

export function renderRate(rate: Rate): string {
  return `${rate.count}/${rate.per}`;
}

const unitBytes: Record<string, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };
/** Less would hold no day of a busy site. */
const leastSize = 16e6;

/** Reads `500MB`, `20GB`, `1TB` (powers of ten). Answers bytes, at least 16 MB. Throws `value-invalid`. */
export function parseSize(text: string): number {
  const match = /^(\d{1,6})(MB|GB|TB)$/.exec(text);
  const bytes = Number(match?.[1]) * (unitBytes[match?.[2] ?? ''] ?? Number.NaN);
  if (!match || bytes < leastSize) {
    throw new AppError(
      'value-invalid',
      `size ${quoteValue(text)} is not a number and a unit such as "500MB", "20GB" or "1TB", of at least "16MB"`,
    );
  }
  return bytes;
}

const unitBits: Record<string, number> = { kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 };

/** Reads `100mbit`, `1gbit`, `2.5gbit` (powers of ten, a second). Answers bits per second. Throws `value-invalid`. */
export function parseBandwidth(text: string): number {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(kbit|mbit|gbit|tbit)$/.exec(text);
  const bits = Number(match?.[1]) * (unitBits[match?.[2] ?? ''] ?? Number.NaN);
  if (!match || bits < 1000) {
    throw new AppError(
      'value-invalid',
      `bandwidth ${quoteValue(text)} is not a number and a unit, such as "100mbit", "1gbit" or "2.5gbit"`,
    );
  }
  return bits;
}

export function renderBandwidth(bitsPerSecond: number): string {
  for (const unit of ['tbit', 'gbit', 'mbit'] as const) {
    const size = unitBits[unit] as number;
    if (bitsPerSecond >= size) return `${Math.round((bitsPerSecond * 10) / size) / 10}${unit}`;
  }
  return `${Math.round(bitsPerSecond / 100) / 10}kbit`;
}
