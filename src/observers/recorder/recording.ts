import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { SessionRecords } from '../../model/session-record.ts';
import type { Conntrack, ConntrackEvents } from '../../system/conntrack/conntrack.ts';
import type { SessionLog } from '../session-log/session-log.ts';
import { keepOnly, RecordedSessions } from './recorded-sessions.ts';
import type { RecordedSite } from './recorder.ts';
import { TableComparison } from './table-comparison.ts';
import type { ThreadStatus } from './thread-messages.ts';

/** Messages that are taken at once, some milliseconds of work; in between others get their turn. */
const mostAtOnce = 4096;
/** Milliseconds in which messages gather. Taken one by one, each would cost a wake-up. */
const gathering = 20;
/** Milliseconds from one flush of the log to the next. */
const flushEvery = 1000;
/** Sites before the newest whose sessions may still end. */
const mostSites = 8;

interface RecordingParts {
  readonly events: ConntrackEvents;
  readonly table: Conntrack;
  readonly log: SessionLog;
  readonly now: () => number;
  readonly onEvent: (about: string, text: string) => void;
  /** Milliseconds after a loss in which the kernel tells of ends that it could not tell of at once. */
  readonly lateEnds: number;
}

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Takes begins and ends of sessions from the kernel and gives those of guests to the log, once it `run`s. Compares the
 * kernel's table with the log at the start and after a loss.
 */
export class Recording {
  readonly #parts: RecordingParts;
  readonly #comparison: TableComparison;
  readonly #begun = new SessionRecords(mostAtOnce);
  readonly #ended = new SessionRecords(mostAtOnce);
  /** The newest first. */
  #sites: RecordedSessions[] = [];
  #siteText = '';
  #flushing: Promise<void> | undefined;
  #nextFlush = 0;
  #stopped = false;
  #toldError: string | undefined;
  #beginCount = 0;
  #endCount = 0;
  #drops = 0;
  readonly #since: number;

  constructor(parts: RecordingParts, site: RecordedSite) {
    this.#parts = parts;
    this.configure(site);
    this.#since = parts.now();
    this.#comparison = new TableComparison({
      ...parts,
      begin: (records) => this.#begin(records),
      onCompared: (found) => this.#tellLoss(found),
      onFailed: (error) => parts.onEvent('table', `the table of sessions could not be compared: ${error}`),
    });
  }

  /** From now on sessions of this site are recorded. What began by an earlier one is recorded to its end. */
  configure(site: RecordedSite): void {
    const text = JSON.stringify(site);
    if (text === this.#siteText) return;
    this.#siteText = text;
    this.#sites = [new RecordedSessions(site), ...this.#sites].slice(0, mostSites);
  }

  status(): ThreadStatus {
    const { resynchronised, foundBegun, foundEnded } = this.#comparison;
    const log = this.#parts.log.status();
    return {
      since: this.#since,
      begun: this.#beginCount,
      ended: this.#endCount + foundEnded,
      lostEvents: this.#drops + log.lost,
      resynchronised,
      foundBegun,
      foundEnded,
      log,
    };
  }

  /**
   * Finds the sessions that began and those that ended since the log was written last, and notes the time between as a
   * gap. To be called first; messages that come meanwhile wait in the kernel.
   */
  async start(why: string): Promise<void> {
    const { log } = this.#parts;
    const before = log.lastHandedOver();
    if (before === undefined) log.gap(0, this.#since, 'the log of sessions had not been begun');
    else if (before < this.#since) log.gap(before, this.#since, why);
    const missing = await this.#comparison.compare();
    // Ends that came during the walk are told of exactly; the rest ended while nobody listened.
    await this.#takeAll();
    this.#comparison.endUnseen(missing);
    if (before === undefined) return;
    const { foundBegun, foundEnded } = this.#comparison;
    const found = `${many(foundBegun, 'session')} that began and ${foundEnded} that ended meanwhile were found`;
    this.#parts.onEvent('start', `sessions are recorded again; ${why}; ${found}`);
  }

  /** Resolves after `stop`, when all is written. */
  async run(): Promise<void> {
    const { events, now } = this.#parts;
    while (!this.#stopped) {
      if (this.#take() === mostAtOnce) await setImmediate();
      else {
        this.#flushWhenDue();
        this.#comparison.look();
        await events.wait(Math.max(1, this.#nextFlush - now()));
        await sleep(gathering);
      }
    }
    await this.#comparison.stop();
    await this.flush();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when everything that the kernel has told so far is in the files. */
  async flush(): Promise<void> {
    await this.#takeAll();
    await this.#flushing;
    await this.#parts.log.flush();
  }

  async #takeAll(): Promise<void> {
    while (this.#take() === mostAtOnce) await setImmediate();
  }

  /** Takes what waits in the kernel, answers how many messages that were. */
  #take(): number {
    const { events, log } = this.#parts;
    this.#begun.clear();
    this.#ended.clear();
    const { read, overrun } = events.drain(this.#begun, this.#ended, mostAtOnce);
    if (overrun) {
      this.#drops = events.drops();
      this.#comparison.afterLoss();
    }
    if (read === 0) return 0;
    this.#begin(this.#begun);
    keepOnly(this.#ended, (records, index) => this.#sites.some((site) => site.holds(records, index)));
    this.#comparison.ended(this.#ended);
    if (this.#ended.length > 0) log.end(this.#ended);
    this.#endCount += this.#ended.length;
    return read;
  }

  #begin(records: SessionRecords): number {
    const [site] = this.#sites as [RecordedSessions];
    keepOnly(records, (all, index) => site.holds(all, index));
    if (records.length === 0) return 0;
    // The kernel does not say when a session began before it ends; it was a moment ago.
    const now = this.#parts.now();
    for (let i = 0; i < records.length; i++) if (records.start(i) === 0) records.f64[i * 16 + 3] = now;
    this.#parts.log.begin(records);
    this.#beginCount += records.length;
    return records.length;
  }

  #tellLoss(found: number): void {
    const lost = `the kernel could not hand over ${many(this.#drops, 'message')} about sessions`;
    const since = new Date(this.#since).toISOString();
    const mended = `${found} of those that had begun were found in its table now; ends come late, but come`;
    this.#parts.onEvent('lost', `${lost} since ${since}; ${mended}`);
  }

  /** Writing never keeps messages waiting: a disk that is slow is the log's concern. */
  #flushWhenDue(): void {
    const now = this.#parts.now();
    if (now < this.#nextFlush || this.#flushing) return;
    this.#nextFlush = now + flushEvery;
    this.#flushing = this.#parts.log.flush().finally(() => {
      this.#flushing = undefined;
      this.#tellError();
    });
  }

  #tellError(): void {
    const { lastError } = this.#parts.log.status();
    if (lastError === this.#toldError) return;
    this.#toldError = lastError;
    if (lastError) this.#parts.onEvent('write', `the log of sessions could not be written: ${lastError}`);
  }
}
