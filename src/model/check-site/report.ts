import type { Mistake } from '../../errors/app-error.ts';
import { nearestName } from '../nearest-name.ts';
import { quoteValue } from '../quote-value.ts';
import type { Unread } from './unread.ts';

/** Looking for near names compares with every name there is; a file full of unknown names must not take long. */
const mostHints = 50;

/** Collects mistakes. Paths are those of the site: `guests[2].nics[0].mac`. */
export class Report {
  readonly mistakes: Mistake[] = [];
  private readonly unread: Unread;
  private hints = 0;

  constructor(unread: Unread) {
    this.unread = unread;
  }

  error(path: string, message: string, seen: string, expected: string): void {
    this.mistakes.push({ path, message, seen, expected, severity: 'error' });
  }

  warning(path: string, message: string, seen: string, expected: string): void {
    this.mistakes.push({ path, message, seen, expected, severity: 'warning' });
  }

  /** A reference to something that is not there, with the name that may have been meant. */
  missing(path: string, kind: string, name: string, names: Iterable<string>): void {
    const near = this.hints++ < mostHints ? nearestName(name, [...names, ...this.unread.namesOf(kind)]) : undefined;
    const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
    this.error(path, `there is no ${kind} ${quoteValue(name)}${hint}`, quoteValue(name), `the name of a ${kind}`);
  }
}
