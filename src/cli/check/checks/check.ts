import type { Client } from '../../../client/client.ts';
import type { Answer, Thresholds } from '../answer.ts';
import { parseRange } from '../range.ts';

/** What a check works with. */
export interface CheckContext {
  readonly client: Client;
  /** Only this guest, pool or service. */
  readonly name?: string;
  readonly given: Thresholds;
}

/** One thing that can be checked. */
export interface Check {
  /** For `--help`. */
  readonly about: string;
  /** What the name stands for; absent when there is none. */
  readonly name?: string;
  /** Thresholds unless others are given, as they are written. */
  readonly warning?: string;
  readonly critical?: string;
  run(context: CheckContext): Promise<Answer>;
}

/** The thresholds that were given, and the check's own where none were. */
export function thresholdsOf(check: Pick<Check, 'warning' | 'critical'>, given: Thresholds): Thresholds {
  const warning = given.warning ?? (check.warning === undefined ? undefined : parseRange(check.warning));
  const critical = given.critical ?? (check.critical === undefined ? undefined : parseRange(check.critical));
  return { ...(warning ? { warning } : {}), ...(critical ? { critical } : {}) };
}
