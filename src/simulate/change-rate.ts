import { AppError } from '../errors/app-error.ts';
import { quoteValue } from '../model/quote-value.ts';

const unitDays: Record<string, number> = { hour: 1 / 24, day: 1, week: 7, year: 365 };

/** How many NICs go or come: a part of those there are, or so many whatever there are. */
export interface ChangeRate {
  /** As it was written: `2%/day`. */
  readonly text: string;
  /** Per day: a share of the NICs (0.02), or a number of NICs. */
  readonly perDay: number;
  readonly ofNics: boolean;
}

/** Reads `2%/day`, `0.5%/week`, `5000/hour`, `10%/year`. Throws `value-invalid`. */
export function parseChangeRate(text: string): ChangeRate {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(%?)\/(hour|day|week|year)$/.exec(text);
  if (match === null) {
    throw new AppError(
      'value-invalid',
      `rate ${quoteValue(text)} is not a percentage or a number per hour, day, week or year, such as "2%/day" or "500/hour"`,
    );
  }
  const ofNics = match[2] === '%';
  const perDay = Number(match[1]) / (unitDays[match[3] as string] as number) / (ofNics ? 100 : 1);
  if (ofNics && perDay > 24) {
    throw new AppError('value-invalid', `rate ${quoteValue(text)} is more than every NIC once an hour ("100%/hour")`);
  }
  return { text, perDay, ofNics };
}
