import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { SessionFlag, SessionRecords } from '../../model/session-record.ts';
import { cleanBegin, cleanEnd } from './clean-times.ts';
import { dayLength, dayOf, dayStart, renderDay } from './day.ts';
import { isFull, makeAgain, reasonOf } from './disk-error.ts';
import { appendGaps, forgetGaps, type Gap } from './gaps.ts';
import { Journal, recover } from './journal.ts';
import { EntryWriter } from './journal-format.ts';
import type { Batch, JournalState } from './journal-state.ts';
import { Losses } from './losses.ts';
import { durationClass, packBatch, sessionsOfBatch } from './pack-batch.ts';
import { Room } from './room.ts';
import { Segments } from './segments.ts';
import type { LogEvent, SessionLog, SessionLogOptions, SessionLogStatus } from './session-log.ts';

/** Ended sessions in memory at most, 128 bytes each; beyond that they are lost. */
const mostPending = 524_288;
/** Bytes of entries that wait for the journal at most; beyond that a new journal is begun from what is known. */
const mostEntries = 32 * 2 ** 20;
/** Ends come late (the kernel tells them some time after): a day is over so long after midnight. */
const grace = 90_000;
/** Days that a session is recorded for at most, besides that of its end. */
const mostDays = 400;
/** Days that open sessions are recorded for at most when the clock jumps ahead. */
const mostDaysAtOnce = 31;
const expireEvery = 600_000;
/** Ends of days that are over are packed by themselves so often at most. */
const lateEvery = 900_000;
/** Newest days that are looked at for an index that a crash left out. */
const daysToMend = 3;

class Writer implements SessionLog {
  readonly #options: SessionLogOptions;
  readonly #state: JournalState;
  readonly #journal: Journal;
  readonly #segments: Segments;
  readonly #room: Room;
  readonly #recoveredAt: number | undefined;
  #keepDays: number;
  #entries = new EntryWriter();
  /** Entries were thrown away: only a new journal tells all again. */
  #needsJournal = true;
  /** Batches that sessions are still added to, by day and class. */
  readonly #filling = new Map<string, Batch>();
  /** Batches that wait to be packed, oldest first. */
  readonly #full: Batch[] = [];
  #packing: Promise<void> | undefined;
  #pending = 0;
  #work: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #closed = false;
  #gaps: Gap[] = [];
  #written = 0;
  readonly #losses: Losses;
  #lastError: string | undefined;
  #expiredAt = Number.NEGATIVE_INFINITY;
  #lateAt = performance.now();
  readonly #scratch = new SessionRecords(1);
  readonly #daysToClose = new Set<number>();

  constructor(options: SessionLogOptions, state: JournalState, lastJournal: number, segments: Segments) {
    this.#options = options;
    this.#keepDays = options.keepDays;
    this.#state = state;
    this.#recoveredAt = state.handedOver;
    this.#journal = new Journal(options.directory, lastJournal);
    this.#segments = segments;
    this.#losses = new Losses(this.#tell);
    this.#room = new Room(options, this.#tell, (day) => segments.forget(day));
    // A journal that is gone must not make its numbers be given again: files of days have them.
    state.lastBatch ||= randomInt(2 ** 40);
    state.rolled ??= dayOf(options.now() - grace) - 1;
    this.#scratch.push();
    for (const batch of state.batches.values()) {
      this.#pending += batch.records.length;
      this.#putAway(batch);
    }
  }

  #tell = (kind: LogEvent['kind'], text: string): void => {
    this.#options.onEvent({ kind, text, at: this.#options.now() });
  };

  /** A batch of an earlier writer: filled further or packed. */
  #putAway(batch: Batch): void {
    const key = `${batch.day}/${batch.durations}`;
    if (batch.records.length >= this.#limit(batch.durations) || this.#filling.has(key)) this.#full.push(batch);
    else this.#filling.set(key, batch);
  }

  #limit = (durations: number): number => sessionsOfBatch[durations] ?? (sessionsOfBatch[2] as number);

  /** Days that are over and may have no index, because the writer before was killed. */
  async mendDays(): Promise<void> {
    const days = (await this.#room.look()).filter((day) => day <= (this.#state.rolled as number));
    for (const day of days.slice(-daysToMend)) this.#daysToClose.add(day);
  }

  begin(records: SessionRecords): void {
    const { open } = this.#state;
    for (let i = 0; i < records.length; i++) {
      const row = open.add(records, i);
      if (row < 0) continue;
      cleanBegin(open.rows, row);
      this.#entries.begins(open.rows, row, 1);
    }
    this.#boundEntries();
  }

  end(records: SessionRecords): void {
    const { open } = this.#state;
    const scratch = this.#scratch;
    for (let i = 0; i < records.length; i++) {
      scratch.clear();
      scratch.copy(records, i);
      cleanEnd(scratch, 0, this.#options.now());
      const row = open.remove(records, i);
      if (row >= 0 && scratch.start(0) === 0) scratch.f64[3] = open.rows.start(row);
      const ended = dayOf(scratch.f64[4] as number);
      if (this.#take(ended, true)) this.#written++;
      const begun = scratch.start(0) === 0 ? ended : dayOf(scratch.start(0));
      if (begun > ended) this.#recordOpen(scratch, ended + 1, begun);
      else if (begun < ended) this.#recordOpen(scratch, this.#firstUnrecorded(row, begun), ended - 1);
    }
    this.#boundEntries();
    this.#pack();
  }

  #firstUnrecorded(row: number, begun: number): number {
    return row >= 0 ? Math.max(begun, this.#state.open.recorded(row) + 1) : begun;
  }

  /** Records that the session in `records` (index 0) was open when each of the days ended. */
  #recordOpen(records: SessionRecords, from: number, to: number, most = mostDays): void {
    const { f64, u32 } = this.#scratch;
    if (records !== this.#scratch) {
      this.#scratch.clear();
      this.#scratch.copy(records, 0);
    }
    u32[5] = (this.#scratch.flags(0) & ~SessionFlag.endUnknown) | SessionFlag.stillOpen;
    f64.fill(0, 5, 7);
    u32.fill(0, 14, 16);
    for (let day = Math.max(from, to - most + 1); day <= to; day++) {
      f64[4] = dayStart(day + 1) - 1;
      this.#take(day, false);
    }
  }

  /** Adds the record at hand to the batch of its day and class. */
  #take(day: number, ending: boolean): boolean {
    const record = this.#scratch;
    if (this.#pending >= mostPending) {
      this.#losses.add(this.#options.now(), ending, this.#lastError ?? 'the disk is too slow');
      return false;
    }
    const durations = durationClass(record, 0);
    const key = `${day}/${durations}`;
    let batch = this.#filling.get(key);
    if (batch === undefined) {
      batch = { day, durations, number: ++this.#state.lastBatch, records: new SessionRecords(256) };
      this.#filling.set(key, batch);
      this.#state.batches.set(batch.number, batch);
    }
    batch.records.copy(record, 0);
    this.#pending++;
    this.#entries.ends(batch, ending, record, 0, 1);
    if (batch.records.length >= this.#limit(durations)) {
      this.#filling.delete(key);
      this.#full.push(batch);
    }
    return true;
  }

  #boundEntries(): void {
    if (this.#entries.length <= mostEntries) return;
    this.#entries = new EntryWriter();
    this.#needsJournal = true;
  }

  open(): SessionRecords {
    const { open } = this.#state;
    const copies = new SessionRecords(open.size);
    for (let row = 0; row < open.rows.length; row++) if (open.holds(row)) copies.copy(open.rows, row);
    return copies;
  }

  lastHandedOver = (): number | undefined => this.#recoveredAt;

  gap(from: number, to: number, why: string): void {
    this.#gaps.push({ from, to, why });
  }

  flush(): Promise<void> {
    if (this.#closed) return this.#work;
    // One that waits takes everything that comes before it begins.
    this.#next ??= this.#work.then(() => {
      this.#next = undefined;
      this.#work = this.#handOver();
      return this.#work;
    });
    return this.#next;
  }

  /** Never throws: what fails is told, and tried again the next time. */
  async #handOver(): Promise<void> {
    try {
      await this.#writeGaps();
      await this.#roll();
      await this.#writeJournal();
      await this.#expire();
      if (this.#full.length === 0) this.#mended();
    } catch (error) {
      this.#lastError = reasonOf(error);
      if (await makeAgain(this.#options.directory, error)) {
        this.#needsJournal = true;
        this.gap(0, this.#options.now(), 'the directory of the log was removed');
      }
    }
    this.#pack();
  }

  #mended(): void {
    const gap = this.#losses.end(this.#lastError ?? 'it was too slow');
    this.#lastError = undefined;
    if (gap !== undefined) this.#gaps.push(gap);
  }

  async #writeGaps(): Promise<void> {
    const gaps = this.#gaps;
    if (gaps.length === 0) return;
    this.#gaps = [];
    try {
      await appendGaps(this.#options.directory, gaps);
    } catch (error) {
      this.#gaps = [...gaps, ...this.#gaps];
      throw error;
    }
  }

  /** When a day is over, what is open gets a record in its file. */
  async #roll(): Promise<void> {
    const over = dayOf(this.#options.now() - grace) - 1;
    const { open } = this.#state;
    if (over > (this.#state.rolled as number)) {
      const one = new SessionRecords(1);
      for (let row = 0; row < open.rows.length; row++) {
        if (row % 4096 === 4095) this.#pack();
        if (this.#pending > mostPending / 2) await this.#packing;
        if (!open.holds(row)) continue;
        const begun = open.rows.start(row) === 0 ? over : dayOf(open.rows.start(row));
        const from = Math.max(begun, open.recorded(row) + 1);
        if (from > over) continue;
        one.clear();
        one.copy(open.rows, row);
        open.setRecorded(row, over);
        this.#recordOpen(one, from, over, mostDaysAtOnce);
      }
      this.#state.rolled = over;
      this.#entries.rolled(over);
      this.#putAwayDays(over);
    } else if (performance.now() - this.#lateAt > lateEvery) this.#putAwayDays(over);
  }

  /** Batches of days that are over are packed as they are. */
  #putAwayDays(over: number): void {
    this.#lateAt = performance.now();
    for (const [key, batch] of this.#filling) {
      if (batch.day > over) continue;
      this.#filling.delete(key);
      this.#full.push(batch);
    }
  }

  async #writeJournal(): Promise<void> {
    const at = this.#options.now();
    if (this.#needsJournal || this.#journal.stale) {
      await this.#makeRoom(this.#state.open.size * 64 + this.#pending * 64, dayOf(at));
      this.#needsJournal = true;
      // What waits stands in the base as well, which is taken after it.
      this.#entries = new EntryWriter();
      try {
        await this.#journal.rotate(this.#state.base(at));
      } catch (error) {
        if (isFull(error)) await this.#room.make(0, dayOf(at), true);
        throw error;
      }
      this.#needsJournal = this.#entries.length > mostEntries;
      return;
    }
    const entries = this.#entries;
    entries.handedOver(at);
    this.#entries = new EntryWriter();
    try {
      await this.#makeRoom(entries.length, dayOf(at));
      this.#room.bytes += await this.#journal.append(entries.written());
    } catch (error) {
      this.#needsJournal = true;
      if (isFull(error)) await this.#room.make(0, dayOf(at), true);
      throw error;
    }
  }

  async #makeRoom(bytes: number, today: number): Promise<void> {
    const full = await this.#room.make(bytes, today);
    if (full !== undefined) throw new Error(full);
  }

  async #expire(): Promise<void> {
    if (performance.now() - this.#expiredAt < expireEvery) return;
    this.#expiredAt = performance.now();
    await this.#room.expire(performance.now());
    await forgetGaps(this.#options.directory, this.#options.now() - this.#keepDays * dayLength);
  }

  /** Packs what is full, one batch after the other, beside everything else. */
  #pack(): void {
    if (this.#packing !== undefined || (this.#full.length === 0 && this.#daysToClose.size === 0)) return;
    this.#packing = this.#packAll().then(
      () => {
        this.#packing = undefined;
      },
      (error) => {
        // The next flush tries again.
        this.#packing = undefined;
        this.#lastError = reasonOf(error);
      },
    );
  }

  async #packAll(): Promise<void> {
    for (let batch = this.#full[0]; batch !== undefined; batch = this.#full[0]) {
      const parts = await packBatch(batch.records, batch);
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      await this.#makeRoom(bytes, batch.day);
      try {
        this.#room.bytes += await this.#segments.append(batch.day, parts);
      } catch (error) {
        if (isFull(error)) await this.#room.make(bytes, batch.day, true);
        throw error;
      }
      this.#full.shift();
      this.#pending -= batch.records.length;
      this.#state.batches.delete(batch.number);
      this.#entries.packed(batch.number);
      this.#options.onPacked?.(batch.records.length);
      if (batch.day <= (this.#state.rolled as number)) this.#daysToClose.add(batch.day);
    }
    for (const day of this.#daysToClose) {
      this.#room.bytes += await this.#segments.close(day);
      this.#daysToClose.delete(day);
    }
  }

  status(): SessionLogStatus {
    return {
      bytes: this.#room.bytes,
      written: this.#written,
      open: this.#state.open.size,
      lost: this.#losses.count,
      ...(this.#room.oldest === undefined ? {} : { oldestDay: renderDay(this.#room.oldest) }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  configure(options: Pick<SessionLogOptions, 'keepDays' | 'mostBytes'>): void {
    this.#keepDays = options.keepDays;
    this.#room.configure(options);
    this.#expiredAt = Number.NEGATIVE_INFINITY;
  }

  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    await this.#packing;
    await this.#journal.close();
  }
}

/**
 * Opens the log of a directory, which is made when it is not there, and mends what an earlier writer left unfinished.
 * There may be only one writer at a time. Throws what the system says when the directory cannot be used at all.
 */
export async function openSessionLog(options: SessionLogOptions): Promise<SessionLog> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const tell = (text: string): void => options.onEvent({ kind: 'damaged', text, at: options.now() });
  const { state, last } = await recover(options.directory, tell);
  const segments = new Segments(options.directory, tell);
  // A batch may be in its file without the journal knowing: the writer was killed between the two.
  for (const batch of [...state.batches.values()]) {
    if ((await segments.batches(batch.day)).has(batch.number)) state.batches.delete(batch.number);
  }
  const log = new Writer(options, state, last, segments);
  await log.mendDays();
  await log.flush();
  return log;
}
