import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { SessionRecords } from '../../model/session-record.ts';
import type { Conntrack, ConntrackEvents } from '../../system/conntrack/conntrack.ts';
import type { SessionLog } from '../session-log/session-log.ts';
import { asBegun, asEndedUnseen, OpenSessions } from './open-sessions.ts';
import { keepOnly, RecordedSessions } from './recorded-sessions.ts';
import type { RecordedSite } from './recorder.ts';
import type { ThreadStatus } from './thread-messages.ts';

/** Messages that are taken at once, some milliseconds of work; in between others get their turn. */
const mostAtOnce = 4096;
/** Milliseconds in which messages gather. Taken one by one, each would cost a wake-up. */
const gathering = 20;
/** Milliseconds from one flush of the log to the next. */
const flushEvery = 1000;
/** Earlier sites whose sessions may still end. */
const mostSites = 8;

export interface RecordingParts {
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
  readonly #begun = new SessionRecords(mostAtOnce);
  readonly #ended = new SessionRecords(mostAtOnce);
  /** The newest first. */
  #sites: RecordedSessions[] = [];
  #siteText = '';
  /** Ids of sessions that ended while the table is being walked: what is read of it may be older than that. */
  #endedMeanwhile: Set<number> | undefined;
  /** Sessions that the table did not have after a loss; what the kernel has not told of at `due` has ended unseen. */
  #missing: { readonly sessions: OpenSessions; readonly due: number } | undefined;
  #comparing: Promise<void> | undefined;
  #compareAgain = false;
  #flushing: Promise<void> | undefined;
  #nextFlush = 0;
  #stopped = false;
  #toldError: string | undefined;
  #counts = { begun: 0, ended: 0, drops: 0, resynchronised: 0, foundBegun: 0, foundEnded: 0 };
  #since: number;
  /** When messages were last taken, until none was left. */
  #lookedAt: number;

  constructor(parts: RecordingParts, site: RecordedSite) {
    this.#parts = parts;
    this.configure(site);
    this.#since = parts.now();
    this.#lookedAt = this.#since;
  }

  /** From now on sessions of this site are recorded. What began by an earlier one is recorded to its end. */
  configure(site: RecordedSite): void {
    const text = JSON.stringify(site);
    if (text === this.#siteText) return;
    this.#siteText = text;
    this.#sites = [new RecordedSessions(site), ...this.#sites].slice(0, mostSites);
  }

  status(): ThreadStatus {
    const { drops, ...counts } = this.#counts;
    const log = this.#parts.log.status();
    return { since: this.#since, ...counts, lostEvents: drops + log.lost, log };
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
    const missing = await this.#compare();
    // Ends that came during the walk are told of exactly; the rest ended while nobody listened.
    while (this.#take() === mostAtOnce) await setImmediate();
    this.#endUnseen(missing);
    const { foundBegun, foundEnded } = this.#counts;
    if (before === undefined) return;
    const found = `${many(foundBegun, 'session')} that began and ${foundEnded} that ended meanwhile were found`;
    this.#parts.onEvent('start', `sessions are recorded again; ${why}; ${found}`);
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    const { events, now } = this.#parts;
    while (!this.#stopped) {
      if (this.#take() === mostAtOnce) await setImmediate();
      else {
        this.#flushWhenDue();
        this.#endMissingWhenDue();
        await events.wait(Math.max(1, this.#nextFlush - now()));
        await sleep(gathering);
      }
    }
    await this.#comparing;
    await this.flush();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when everything that the kernel has told so far is in the files. */
  async flush(): Promise<void> {
    while (this.#take() === mostAtOnce) await setImmediate();
    await this.#flushing;
    await this.#parts.log.flush();
  }

  /** Takes what waits in the kernel, answers how many messages that were. */
  #take(): number {
    const { events, log } = this.#parts;
    this.#begun.clear();
    this.#ended.clear();
    const lookedAt = this.#parts.now();
    const { read, overrun } = events.drain(this.#begun, this.#ended, mostAtOnce);
    if (overrun) this.#lost();
    if (read > 0) this.#begin(this.#begun);
    if (read < mostAtOnce) this.#lookedAt = lookedAt;
    if (read === 0) return 0;
    keepOnly(this.#ended, (records, index) => this.#sites.some((site) => site.holds(records, index)));
    if (this.#endedMeanwhile) {
      for (let i = 0; i < this.#ended.length; i++) this.#endedMeanwhile.add(this.#ended.id(i) | 0);
    }
    if (this.#ended.length > 0) log.end(this.#ended);
    this.#counts.ended += this.#ended.length;
    return read;
  }

  #begin(records: SessionRecords): void {
    const [site] = this.#sites as [RecordedSessions];
    keepOnly(records, (all, index) => site.holds(all, index));
    if (records.length === 0) return;
    // Before Linux 6.14 the kernel does not say when a session began until it ends; it was not before the last look.
    for (let i = 0; i < records.length; i++) if (records.start(i) === 0) records.f64[i * 16 + 3] = this.#lookedAt;
    this.#parts.log.begin(records);
    this.#counts.begun += records.length;
  }

  /** Begins are lost, ends come late. What the table has instead is found by comparing, once things are calmer. */
  #lost(): void {
    this.#counts.drops = this.#parts.events.drops();
    if (this.#comparing) {
      this.#compareAgain = true;
      return;
    }
    this.#comparing = this.#compareAfterLoss()
      .catch((error: unknown) => this.#parts.onEvent('table', `the table of sessions could not be compared: ${error}`))
      .finally(() => {
        this.#comparing = undefined;
        if (this.#compareAgain && !this.#stopped) this.#lost();
        this.#compareAgain = false;
      });
  }

  async #compareAfterLoss(): Promise<void> {
    await sleep(flushEvery);
    const found = this.#counts.foundBegun;
    const sessions = await this.#compare();
    this.#missing = { sessions, due: this.#parts.now() + this.#parts.lateEnds };
    const { drops, foundBegun } = this.#counts;
    this.#parts.onEvent(
      'lost',
      `the kernel could not hand over ${many(drops, 'message')} about sessions since ${new Date(this.#since).toISOString()}; ${foundBegun - found} of those that had begun were found in its table now; ends come late, but come`,
    );
  }

  /** Begins what is in the table and not in the log; answers what is in the log and not in the table. */
  async #compare(): Promise<OpenSessions> {
    const { log, table } = this.#parts;
    const ended = new Set<number>();
    this.#endedMeanwhile = ended;
    const missing = new OpenSessions(log.open());
    try {
      await table.walk((piece) => {
        keepOnly(piece, (all, index) => {
          asBegun(all, index);
          return !missing.take(all, index) && !ended.has(all.id(index) | 0);
        });
        const before = this.#counts.begun;
        this.#begin(piece);
        this.#counts.foundBegun += this.#counts.begun - before;
      });
    } finally {
      this.#endedMeanwhile = undefined;
    }
    this.#counts.resynchronised++;
    return missing;
  }

  #endMissingWhenDue(): void {
    if (!this.#missing || this.#parts.now() < this.#missing.due) return;
    this.#endUnseen(this.#missing.sessions);
    this.#missing = undefined;
  }

  #endUnseen(missing: OpenSessions): void {
    if (missing.size === 0) return;
    const { log, now } = this.#parts;
    const open = log.open();
    keepOnly(open, (records, index) => missing.has(records, index));
    for (let i = 0; i < open.length; i++) asEndedUnseen(open, i, now());
    if (open.length === 0) return;
    log.end(open);
    this.#counts.ended += open.length;
    this.#counts.foundEnded += open.length;
  }

  #tellErrors(): void {
    const { lastError } = this.#parts.log.status();
    if (lastError === this.#toldError) return;
    this.#toldError = lastError;
    if (lastError) this.#parts.onEvent('write', `the log of sessions could not be written: ${lastError}`);
  }

  /** Writing never keeps messages waiting: a disk that is slow is the log's concern. */
  #flushWhenDue(): void {
    const now = this.#parts.now();
    if (now < this.#nextFlush || this.#flushing) return;
    this.#nextFlush = now + flushEvery;
    this.#counts.drops = this.#parts.events.drops();
    this.#flushing = this.#parts.log
      .flush()
      .catch((error: unknown) => this.#parts.onEvent('write', `the log of sessions could not be written: ${error}`))
      .finally(() => {
        this.#flushing = undefined;
        this.#tellErrors();
      });
  }
}
