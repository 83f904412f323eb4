import { AppError } from '../errors/app-error.ts';
import { quoteValue } from './quote-value.ts';

/** Transport ports first..last, both included, 1 ≤ first ≤ last ≤ 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Port blocks that one guest may have at most: a flow is led to one of them by a chain each. */
export const mostPortBlocks = 16;

/** Reads `8080` or `30000-30099`. Throws `value-invalid`. */
export function parsePortRange(text: string | number): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(text));
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match || first < 1 || last > 65535 || first > last) {
    throw new AppError(
      'value-invalid',
      `port ${quoteValue(String(text))} is not a port from 1 to 65535 or a range such as "30000-30099"`,
    );
  }
  return { first, last };
}

export function renderPortRange(range: PortRange): string {
  return range.first === range.last ? String(range.first) : `${range.first}-${range.last}`;
}

export function portCount(range: PortRange): number {
  return range.last - range.first + 1;
}
