import type { StreamReport } from '../agent/streams.ts';
import type { Observation } from '../scene.ts';

/** Longest silence (milliseconds) that still counts as none, and bytes per second, there and back, that must get through. */
const GAP_LIMIT_MS = 400;
const RATE_FLOOR = 12_800;

/**
 * A stream is unharmed when it still stands, was never silent for long, and carried what it carries. On a machine that
 * is too busy to run the sender, it may be silent although nothing was lost: then the kernel had nothing to send again.
 * An outage of more than the shortest retransmission timeout (200 ms, TCP_RTO_MIN) always makes it send again.
 */
export function judgeStream(report: StreamReport): Observation {
  const rate = (report.bytes / report.milliseconds) * 1000;
  const gap = Math.round(report.longestGap);
  const lost = report.retransmitted === 0 ? '' : `, ${report.retransmitted} segments sent again`;
  const seen = report.failure ?? `gap ${gap} ms at ${Math.round(rate / 1000)} kB/s${lost}`;
  const steady = gap <= GAP_LIMIT_MS && rate >= RATE_FLOOR;
  return { seen, ok: report.failure === undefined && report.bytes > 0 && (steady || report.retransmitted === 0) };
}
