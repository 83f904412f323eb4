import { renderInstant } from '../../model/instant.ts';
import type { RecorderStatus } from '../../observers/recorder/recorder.ts';
import type { LogCoverage } from './contract.ts';

export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** What the log knows of the moments between two. */
export function coverageOf(
  { from, to }: { readonly from: number; readonly to: number },
  gaps: readonly Gap[],
  recorder: RecorderStatus | undefined,
  damaged: boolean,
): LogCoverage {
  if (recorder === undefined) return { state: 'none', why: 'no log of sessions is kept here' };
  const { since = Number.POSITIVE_INFINITY, log } = recorder;
  const holes = gaps
    // The one that ended when recording began has no moment in common with what came after it.
    .filter((gap) => gap.from <= to && gap.to >= from && !(gap.to <= since && from >= since))
    .sort((a, b) => a.from - b.from);
  const [hole] = holes;
  if (hole !== undefined) {
    const whole = holes.some((gap) => gap.from <= from && gap.to >= to);
    // A log that had not been begun has a gap since the epoch.
    const times =
      hole.from === 0
        ? `before ${renderInstant(hole.to)}`
        : `from ${renderInstant(hole.from)} to ${renderInstant(hole.to)}`;
    return { state: whole ? 'none' : 'gap', why: `nothing was recorded ${times} (${hole.why})` };
  }
  const oldest = log?.oldestDay;
  // Gaps tell when the log was begun and when nobody wrote it. Without a file of a day all of it is in the journal.
  if (oldest !== undefined && to < Date.parse(`${oldest}T00:00:00Z`))
    return { state: 'none', why: `the log goes back to ${oldest} only` };
  if (damaged)
    return { state: 'gap', why: 'a file of the log of that time is damaged, and not all of it could be read' };
  return { state: 'kept' };
}
