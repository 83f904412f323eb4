import type { StreamReport } from '../agent/streams.ts';
import type { Observation } from '../scene.ts';

/**
 * Longest silence that still counts as none. A segment that is lost comes back 200 ms later at the earliest (the
 * kernel's TCP_RTO_MIN); below that it is the machine's scheduling, which a busy machine stretches.
 */
const GAP_LIMIT_MS = 400;
/** Bytes per second, there and back: an eighth of what the stream sends when nothing holds it up (102,400). */
const RATE_FLOOR = 12_800;

/** A stream is unharmed when it still stands, was never silent for long, and carried what it carries. */
export function judgeStream(report: StreamReport): Observation {
  const rate = (report.bytes / report.milliseconds) * 1000;
  const gap = Math.round(report.longestGap);
  const seen = report.failure ?? `longest gap ${gap} ms at ${Math.round(rate / 1000)} kB/s`;
  return { seen, ok: report.failure === undefined && gap <= GAP_LIMIT_MS && rate >= RATE_FLOOR };
}
