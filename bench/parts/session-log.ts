import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionRecords } from '../../src/model/session-record.ts';
import { dayLength, dayStart, segmentName } from '../../src/observers/session-log/day.ts';
import { openSessionLog } from '../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../src/observers/session-log/open-session-reader.ts';
import { packBatch, sessionsOfBatch } from '../../src/observers/session-log/pack-batch.ts';
import { atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { megabytes, milliseconds, table, thousands } from '../report/format.ts';
import { type FilledDay, fillDay, repeatDay } from '../session-log/fill.ts';
import { mixText, SessionMix } from '../session-log/mix.ts';
import { PageCache } from '../session-log/page-cache.ts';
import { ask, makeQuestion, type Question } from '../session-log/questions.ts';
import { Random } from '../session-log/random.ts';
import { median, quantile } from '../statistics.ts';

/** The first day of the log: 2026-01-01. */
const firstDay = 20_454;
const burst = { perSecond: 20_000, seconds: 60 };

interface Scale {
  readonly days: number;
  readonly sessions: number;
  /** Days that are generated session by session; the others repeat them. */
  readonly distinct: number;
  readonly questions: number;
}

const whole: Scale = { days: 180, sessions: 1_000_000_000, distinct: 3, questions: 2000 };
const quick: Scale = { days: 4, sessions: 22_222_222, distinct: 1, questions: 200 };

/** Microseconds of one core a session, packing full batches of the mix. */
async function packingTime(): Promise<number> {
  const mix = new SessionMix(99);
  const random = new Random(98);
  const [count] = sessionsOfBatch;
  const records = new SessionRecords(count);
  for (let time = dayStart(firstDay); records.length < count; time += random.wait(15)) mix.add(records, time);
  const name = { day: firstDay, durations: 0, number: 1 };
  const times: number[] = [];
  for (let round = 0; round < 8; round++) {
    const before = process.cpuUsage();
    await packBatch(records, name);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / count);
  }
  return median(times.slice(2));
}

async function fill(directory: string, scale: Scale, options: BenchOptions): Promise<FilledDay[]> {
  const filled: FilledDay[] = [];
  const sessions = Math.round(scale.sessions / scale.days);
  for (let i = 0; i < scale.distinct; i++) {
    filled.push(await fillDay(directory, firstDay + i, { seed: i + 1, sessions }));
    options.progress(
      `day ${i + 1}: ${thousands(filled[i]?.sessions ?? 0)} sessions in ${megabytes(filled[i]?.bytes ?? 0)}`,
    );
  }
  for (let i = scale.distinct; i < scale.days; i++) {
    await repeatDay(directory, firstDay + (i % scale.distinct), firstDay + i);
  }
  return filled;
}

/** The day that is not over: sessions that are open or wait to be packed, in the journal only. */
async function beginToday(directory: string, day: number): Promise<() => Promise<void>> {
  let now = dayStart(day) + dayLength / 2;
  const log = await openSessionLog({
    directory,
    keepDays: 400,
    mostBytes: 2 ** 50,
    leaveFree: 0,
    now: () => now,
    onEvent: ({ text }) => process.stderr.write(`session-log: ${text}\n`),
  });
  const mix = new SessionMix(77);
  const records = new SessionRecords(100_000);
  while (records.length < 100_000) mix.add(records, now - 200_000 + records.length);
  log.begin(records);
  const ended = new SessionRecords(60_000);
  for (let i = 0; i < 60_000; i++) ended.copy(records, i);
  now += 1000;
  log.end(ended);
  await log.flush();
  return () => log.close();
}

const spread = (times: readonly number[]): string[] => [
  milliseconds(median(times)),
  milliseconds(quantile(times, 0.99)),
  milliseconds(Math.max(...times)),
];

/** The store of sessions: how small, how fast, and how quickly a session is found among a billion. */
export const sessionLog: Part = {
  name: 'session-log',
  run: async (options): Promise<Section> => {
    const scale = options.quick ? quick : whole;
    const directory = await mkdtemp(join(tmpdir(), 'bk-session-log-'));
    try {
      const perSession = await packingTime();
      const began = performance.now();
      const filled = await fill(directory, scale, options);
      const busyDay = firstDay + scale.days;
      const busy = await fillDay(directory, busyDay, { seed: 50, sessions: scale.sessions / scale.days, burst });
      const endToday = await beginToday(directory, busyDay + 1);
      const filling = (performance.now() - began) / 1000;
      options.progress(`filled in ${filling.toFixed(0)} s`);

      const random = new Random(4);
      const question = (): Question => {
        const number = random.below(scale.days);
        const like = number % scale.distinct;
        const { samples } = filled[like] as FilledDay;
        return makeQuestion(samples, random, firstDay + like, firstDay + number);
      };
      const cache = new PageCache();
      const reader = openSessionReader({ directory });
      const cold: number[] = [];
      for (let i = 0; i < scale.questions / 4; i++) {
        const asked = question();
        cache.drop(join(directory, segmentName(asked.day)));
        cold.push(await ask(reader, asked));
      }
      const warm: number[] = [];
      for (let i = 0; i < scale.questions; i++) warm.push(await ask(reader, question()));
      const busyTimes: number[] = [];
      for (let i = 0; i < scale.questions / 4; i++) {
        busyTimes.push(await ask(reader, makeQuestion(busy.burstSamples, random, busyDay, busyDay)));
      }
      await reader.close();
      const first: number[] = [];
      for (let i = 0; i < 20; i++) {
        const fresh = openSessionReader({ directory });
        const asked = question();
        cache.drop(join(directory, segmentName(asked.day)));
        first.push(await ask(fresh, asked));
        await fresh.close();
      }
      await endToday();

      let bytes = 0;
      for (let i = 0; i < scale.days; i++) bytes += (await stat(join(directory, segmentName(firstDay + i)))).size;
      const total = Array.from({ length: scale.days }, (_day, i) => filled[i % scale.distinct]?.sessions ?? 0);
      const sessions = total.reduce((sum, count) => sum + count, 0);
      const each = bytes / sessions;
      const inBytes = (value: number): string => `${value.toFixed(2)} bytes`;
      const goal = thousands(sessions);
      return {
        title: 'The log of sessions',
        markdown: `${goal} sessions over ${scale.days} days, ${(bytes / 1e9).toFixed(2)} GB on disk: ${scale.distinct} days were generated session by
session and packed as the log packs them, the others are copies of them (times in a file are relative to its day, so the
file is what that day's would be). Besides, one day with a burst of 20,000 new sessions a second for a minute, and a day
that is not over, with 40,000 open sessions and 60,000 that are not packed. Every question is one of an abuse desk
(address, port, protocol, moment) and its answer is checked: the session must be in it.

${table(
  ['who had this port then', 'median', '99 %', 'longest'],
  [
    ['any day, files not in memory (posix_fadvise before each question)', ...spread(cold)],
    ['any day, files in memory as the system keeps them', ...spread(warm)],
    ['within the burst', ...spread(busyTimes)],
    ['the first question of a new reader, files not in memory', ...spread(first)],
  ],
)}

Packing takes ${perSession.toFixed(1)} µs of one core a session (20,000 sessions a second: ${((perSession * 20_000) / 1e4).toFixed(0)} % of a core).
A session has ${inBytes(each)} on disk, all headers and indexes included. The mix, all parts independent of each other:

${mixText}`,
        targets: [
          atMost('A recorded session on disk, realistic mix, on average', each, 12, inBytes),
          atMost(
            `Finding a session among ${goal}, files not in memory, 99th percentile`,
            quantile(cold, 0.99),
            100,
            milliseconds,
          ),
          atMost(`Finding a session among ${goal}, 99th percentile`, quantile(warm, 0.99), 100, milliseconds),
          atMost(
            'Finding a session within a burst of 20,000 a second, 99th percentile',
            quantile(busyTimes, 0.99),
            100,
            milliseconds,
          ),
        ],
        raw: { scale, sessions, bytes, each, perSession, filling, cold, warm, busyTimes, first },
      };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
