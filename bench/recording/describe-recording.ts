import { atLeast, atMost, type Section } from '../part.ts';
import { megabytes, percent, table, thousands } from '../report/format.ts';
import { median, medianRatio } from '../statistics.ts';

/** One way of recording under the load. */
export interface Recorded {
  readonly name: string;
  readonly sent: number;
  readonly rate: number;
  /** Absent where only ends are recorded. */
  readonly begun?: number;
  readonly ended: number;
  /** Share of one core. */
  readonly cpu: number;
  /** The same after the load, until the last end was told. */
  readonly tailCpu: number;
  /** Bytes of memory at most. */
  readonly memory: number;
  readonly bytes: number;
  readonly mostTracked: number;
}

/** Bridgekeeper's, with what its status says besides. */
export interface OwnRecorded extends Recorded {
  /** Messages that the kernel could not hand over, and sessions that could not be written. */
  readonly lost: number;
  /** Bytes of the daemon's memory before. */
  readonly before: number;
}

const row = (one: Recorded): string[] => [
  one.name,
  thousands(one.sent),
  one.begun === undefined ? '–' : thousands(one.sent - one.begun),
  thousands(one.sent - one.ended),
  percent(one.cpu),
  percent(one.tailCpu),
  megabytes(one.memory),
  megabytes(one.bytes),
  (one.bytes / Math.max(1, one.ended)).toFixed(1),
];

/** The section of the page. */
export function describeRecording(
  ours: OwnRecorded,
  others: readonly Recorded[],
  rates: Readonly<Record<'full' | 'off', readonly number[]>>,
): Section {
  const share = medianRatio(rates.full, rates.off);
  const head = [
    '',
    'sessions',
    'begins lost',
    'ends lost',
    'CPU, load',
    'CPU, after',
    'memory',
    'on disk',
    'bytes each',
  ];
  return {
    title: 'Recording sessions',
    markdown: `${thousands(ours.rate)} new sessions a second (UDP, one datagram each, ten guests) through the daemon's gateway; the kernel had up to
${thousands(ours.mostTracked)} in its table, and told of the last end up to a minute after it. CPU is that of the whole process, all its threads, as a
share of one core. Bridgekeeper's row is the whole daemon; before the load it had ${megabytes(ours.before)}. ulogd2 records ends only; all sessions here
are much alike, so the bytes of Bridgekeeper's log say little about real ones (part session-log does).

${table(head, [ours, ...others].map(row))}

New TCP connections through a published port, as fast as one core goes: ${thousands(median(rates.full))}/s with recording,
${thousands(median(rates.off))}/s without (medians of ${rates.full.length} rounds, in turn).`,
    targets: [
      atLeast('Sessions a second in the load', ours.rate, 19_800, thousands),
      atMost('– begins that were not recorded', ours.sent - (ours.begun ?? 0), 0, thousands),
      atMost('– ends that were not recorded', ours.sent - ours.ended, 0, thousands),
      atMost('– events lost', ours.lost, 0, thousands),
      atMost('– CPU of the daemon while recording, of one core', ours.cpu, 1, percent),
      atMost('– memory of the daemon while recording', ours.memory, 250e6, megabytes),
      atLeast('Connection rate with recording, of that without', share, 0.9, percent),
    ],
    raw: { ours, others, rates },
  };
}
