import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionFlag, SessionRecords } from '../../src/model/session-record.ts';
import { dayLength, dayStart, segmentName } from '../../src/observers/session-log/day.ts';
import { durationClass, packBatch, sessionsOfBatch } from '../../src/observers/session-log/pack-batch.ts';
import { Segments } from '../../src/observers/session-log/segments.ts';
import { SessionMix } from './mix.ts';
import { Random } from './random.ts';

interface DayPlan {
  readonly seed: number;
  /** Sessions that end on the day, about. */
  readonly sessions: number;
  /** So many more sessions a second for this time, from noon on. */
  readonly burst?: { readonly perSecond: number; readonly seconds: number };
}

export interface FilledDay {
  readonly sessions: number;
  readonly bytes: number;
  /** Some of the sessions, to look for; times are those of the day that was filled. */
  readonly samples: SessionRecords;
  readonly burstSamples: SessionRecords;
}

const hour = 3_600_000;
/** What began so long before midnight is there when the day begins. */
const before = 2 * hour;

/** A day has its quiet and its busy hours: 0.4 to 1.6 of the mean. */
const activity = (time: number): number => 1 - 0.6 * Math.cos((2 * Math.PI * (time - 3 * hour)) / dayLength);

/** The writer's way of a day's sessions into its file: by class of duration in the order of their ends, batch by batch. */
class DayWriter {
  sessions = 0;
  bytes = 0;
  readonly #day: number;
  readonly #segments: Segments;
  readonly #batches = sessionsOfBatch.map((count) => new SessionRecords(count));
  #number = 0;

  constructor(segments: Segments, day: number) {
    this.#segments = segments;
    this.#day = day;
  }

  async add(records: SessionRecords, order: Iterable<number>): Promise<void> {
    for (const i of order) {
      const durations = durationClass(records, i);
      const batch = this.#batches[durations] as SessionRecords;
      batch.copy(records, i);
      if ((records.flags(i) & SessionFlag.stillOpen) === 0) this.sessions++;
      if (batch.length === sessionsOfBatch[durations]) await this.#pack(durations);
    }
  }

  async #pack(durations: number): Promise<void> {
    const batch = this.#batches[durations] as SessionRecords;
    const parts = await packBatch(batch, { day: this.#day, durations, number: ++this.#number });
    this.bytes += await this.#segments.append(this.#day, parts);
    batch.clear();
  }

  async finish(): Promise<void> {
    for (const [durations, batch] of this.#batches.entries()) if (batch.length > 0) await this.#pack(durations);
    this.bytes += await this.#segments.close(this.#day);
  }
}

/** Indexes in the order of the ends. */
function byEnd(records: SessionRecords): Uint32Array {
  const order = Uint32Array.from({ length: records.length }, (_value, i) => i);
  return order.sort((a, b) => records.end(a) - records.end(b));
}

/** Writes the file of one day, session by session, as the log itself would. */
export async function fillDay(directory: string, day: number, plan: DayPlan): Promise<FilledDay> {
  const mix = new SessionMix(plan.seed);
  const random = new Random(plan.seed + 1);
  const writer = new DayWriter(new Segments(directory, () => {}), day);
  const start = dayStart(day);
  const hours = Array.from({ length: 24 }, () => new SessionRecords(1024));
  const open = new SessionRecords(1024);
  const samples = new SessionRecords(64);
  const burstSamples = new SessionRecords(64);
  const one = new SessionRecords(1);
  const perMs = plan.sessions / dayLength;

  const put = (time: number, kept: SessionRecords, share: number): void => {
    one.clear();
    mix.add(one, start + time);
    const end = one.end(0) - start;
    if (end < 0) return;
    if (random.chance(share)) kept.copy(one, 0);
    if (end < dayLength) {
      (hours[Math.floor(end / hour)] as SessionRecords).copy(one, 0);
      return;
    }
    one.u32[5] = one.flags(0) | SessionFlag.stillOpen;
    one.f64[4] = start + dayLength - 1;
    open.copy(one, 0);
  };

  const { burst } = plan;
  const noon = dayLength / 2;
  for (let time = -before; time < dayLength; ) {
    const until = Math.min(dayLength, (Math.floor(time / hour) + 1) * hour);
    for (; time < until; time += random.wait(1 / (perMs * activity(time)))) put(time, samples, 2000 / plan.sessions);
    if (burst !== undefined && noon >= until - hour && noon < until) {
      const length = burst.seconds * 1000;
      const count = burst.perSecond * burst.seconds;
      for (let i = 0; i < count; i++) put(noon + random.unit() * length, burstSamples, 500 / count);
    }
    const ended = hours[Math.floor((until - hour) / hour)];
    if (ended === undefined) continue;
    await writer.add(ended, byEnd(ended));
    ended.clear();
  }
  await writer.add(open, open.length === 0 ? [] : Array.from({ length: open.length }, (_value, i) => i));
  await writer.finish();
  return { sessions: writer.sessions, bytes: writer.bytes, samples, burstSamples };
}

/** The same sessions on another day: times in a file are relative to its day, so the file is what that day's would be. */
export async function repeatDay(directory: string, from: number, to: number): Promise<void> {
  await copyFile(join(directory, segmentName(from)), join(directory, segmentName(to)));
}
