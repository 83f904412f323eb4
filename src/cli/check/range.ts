import { AppError } from '../../errors/app-error.ts';

/** One end of a range: a number, a share of the figure's maximum, or nothing (no limit on that side). */
interface Bound {
  readonly value: number;
  readonly percent: boolean;
}

/**
 * What a figure may be, in the form of the Monitoring Plugins guidelines ("Threshold and Ranges"): it alerts outside of
 * `from`..`to`, or inside with `@`. Percent are of the figure's maximum.
 */
export interface Range {
  /** As it was written. */
  readonly text: string;
  readonly inside: boolean;
  readonly from: Bound;
  readonly to: Bound;
}

/** A range in the unit of its figure. */
export interface Limits {
  readonly inside: boolean;
  readonly from: number;
  readonly to: number;
}

const number = String.raw`(-?\d{1,15}(?:\.\d{1,6})?)(%?)`;
const form = new RegExp(`^(@?)(?:(~)?:|${number}:)?(?:${number})?$`);

function unreadable(text: string): AppError {
  return new AppError(
    'value-invalid',
    `range ${JSON.stringify(text)} cannot be read; expected what is good: "80%" (at most), "10:" (at least), "10:20" (between), "~:10" (below zero, too), or "@10:20" (outside)`,
  );
}

/** Reads `80`, `80%`, `10:`, `~:10`, `10:20`, `@10:20`. Throws `value-invalid`. */
export function parseRange(text: string): Range {
  const match = form.exec(text);
  if (!match || text === '' || text === '@' || text === ':') throw unreadable(text);
  const [, at, tilde, start, startPercent, end, endPercent] = match;
  const from = tilde ? { value: Number.NEGATIVE_INFINITY, percent: false } : bound(start, startPercent, 0);
  const to = bound(end, endPercent, Number.POSITIVE_INFINITY);
  if (from.percent === to.percent && from.value > to.value) {
    throw new AppError(
      'value-invalid',
      `range ${JSON.stringify(text)} begins above its end; expected the smaller number first, such as "${to.value}:${from.value}"`,
    );
  }
  return { text, inside: at === '@', from, to };
}

const bound = (text: string | undefined, percent: string | undefined, otherwise: number): Bound => ({
  value: text === undefined ? otherwise : Number(text),
  percent: percent === '%',
});

/** The range in the unit of a figure with this maximum. Throws `value-invalid` for percent of what has none. */
export function limitsOf({ text, inside, from, to }: Range, max: number | undefined): Limits {
  const absolute = ({ value, percent }: Bound): number => {
    if (!percent) return value;
    if (max === undefined) {
      throw new AppError(
        'value-invalid',
        `range ${JSON.stringify(text)} is a share, but what is checked has no maximum; expected a number without "%"`,
      );
    }
    return (value / 100) * max;
  };
  return { inside, from: absolute(from), to: absolute(to) };
}

/** Whether a value is one that alerts. */
export function alerts({ inside, from, to }: Limits, value: number): boolean {
  const within = value >= from && value <= to;
  return inside ? within : !within;
}

/** Three decimals at most, never an exponent. */
export const plainNumber = (value: number): string => String(Math.round(value * 1000) / 1000);

/** As it stands in performance data. */
export function renderLimits({ inside, from, to }: Limits): string {
  const end = to === Number.POSITIVE_INFINITY ? '' : plainNumber(to);
  const start = from === Number.NEGATIVE_INFINITY ? '~:' : from === 0 && end !== '' ? '' : `${plainNumber(from)}:`;
  return `${inside ? '@' : ''}${start}${end}`;
}
