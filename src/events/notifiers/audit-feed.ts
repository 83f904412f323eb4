import { hostname } from 'node:os';
import type { JournalRecord } from '../../model/journal/journal-record.ts';
import type { AuditTrail } from '../../registry/journal/audit-trail.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { ObservationSink } from '../contract.ts';
import { Alarm } from './alarm.ts';
import { backOff, type Pace } from './back-off.ts';
import { withDeadline } from './deadline.ts';
import { endSoon } from './end-soon.ts';
import { describeTrouble } from './not-told.ts';
import type { NotifierLog } from './outbox.ts';
import { renderFor, type Syslog } from './syslog.ts';
import { auditEntry } from './syslog-audit.ts';
import { createSyslogLine, type SyslogLine } from './syslog-line.ts';

/** Milliseconds between two looks for new entries. */
const look = 1_000;
/** Entries that are sent in one go; two or three megabytes. */
const mostAtOnce = 5_000;
/** Failures in a row after which it is an event. */
const eventAfter = 3;
/** Milliseconds for one go. */
const longestSend = 60_000;

/** The last entry that was told, and to whom. */
interface Cursor {
  readonly id: number;
  readonly hash: string;
  readonly to: string;
}

export interface AuditFeedParts {
  readonly audit: AuditTrail;
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: NotifierLog;
  readonly pace: Pace;
  readonly events: ObservationSink | undefined;
}

/**
 * Tells a syslog server every entry of the journal, in order, from the first one on. How far it came is kept after each
 * go, so nothing is left out; what was told right before a crash, or before the connection broke, is told again.
 */
export class AuditFeed {
  readonly #syslog: Syslog;
  readonly #parts: AuditFeedParts;
  readonly #line: SyslogLine;
  readonly #alarm = new Alarm();
  readonly #abort = new AbortController();
  #closing = false;
  #cursor: Cursor | undefined;
  #failures = 0;
  #keeps = true;
  #toldOfTrouble = false;
  #running: Promise<void> | undefined;
  /** Why the journal is not told, with where it stands. */
  trouble: string | undefined;
  /** Entries that were told. */
  sent = 0;
  lastSent: number | undefined;

  constructor(syslog: Syslog, parts: AuditFeedParts) {
    this.#syslog = syslog;
    this.#parts = parts;
    this.#line = createSyslogLine(syslog);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#alarm.ring();
    await endSoon(this.#running, this.#abort);
    this.#line.close();
    if (this.#toldOfTrouble) this.#publish('over', `notifier "${this.#syslog.name}" is gone or changed`);
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      try {
        this.#cursor ??= await this.#findCursor();
        const more = await this.#sendSome(this.#cursor);
        this.#succeed();
        if (!more) await this.#alarm.wait(look);
      } catch (error) {
        if (this.#closing) return;
        this.#fail(error);
        await this.#alarm.wait(backOff(this.#parts.pace, this.#failures));
      }
    }
  }

  get #to(): string {
    const { transport, server, port } = this.#syslog;
    return `${transport} ${server} ${port}`;
  }

  /** Where it goes on. A journal in which the last entry that was told is another one now is told from its beginning. */
  async #findCursor(): Promise<Cursor> {
    const { kept, log } = this.#parts;
    const { name } = this.#syslog;
    const none = { id: 0, hash: '', to: this.#to };
    const items = await kept.load<Cursor>('cursor');
    const found = items.find(({ id }) => id === cursorId(name))?.body;
    if (found === undefined || found.to !== this.#to || found.id === 0) return none;
    const [next] = await this.#read(found.id - 1, 1);
    if (next !== undefined && (next.id > found.id || next.hash === found.hash)) return found;
    log.warn(
      { notifier: name },
      `entry ${found.id} of the journal is not the one that notifier "${name}" was told of; it is told the whole journal again`,
    );
    return none;
  }

  /** Records after an id, as they leave the host. */
  async #read(after: number, most: number): Promise<JournalRecord[]> {
    const found: JournalRecord[] = [];
    for await (const records of this.#parts.audit.records({}, { clear: this.#syslog.clear, after })) {
      found.push(...records.slice(0, most - found.length));
      if (found.length >= most) break;
    }
    return found;
  }

  /** Answers whether there may be more. */
  async #sendSome(cursor: Cursor): Promise<boolean> {
    const records = await this.#read(cursor.id, mostAtOnce);
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return false;
    const { name } = this.#syslog;
    if (first.id > cursor.id + 1)
      this.#parts.log.warn(
        { notifier: name },
        `entries ${cursor.id + 1} to ${first.id - 1} of the journal are not there any more; notifier "${name}" is told what follows`,
      );
    const host = hostname();
    const lines = records.map((record) => renderFor(this.#syslog, auditEntry(record, host)));
    await withDeadline(this.#abort.signal, longestSend, (signal) => this.#line.write(lines, signal));
    this.#cursor = { id: last.id, hash: last.hash, to: this.#to };
    this.sent += records.length;
    this.lastSent = this.#parts.clock.now();
    await this.#keep(this.#cursor);
    return records.length === mostAtOnce;
  }

  /** A full disk does not hold it up: after a restart some of it is told again. */
  async #keep(cursor: Cursor): Promise<void> {
    const { kept, log } = this.#parts;
    try {
      await kept.change('cursor', { put: [{ id: cursorId(this.#syslog.name), body: cursor }] });
      this.#keeps = true;
    } catch (error) {
      if (this.#keeps)
        log.error({ error }, `how much of the journal notifier "${this.#syslog.name}" was told could not be kept`);
      this.#keeps = false;
    }
  }

  #succeed(): void {
    const { name } = this.#syslog;
    if (this.#failures > 0) this.#parts.log.info({ notifier: name }, `notifier "${name}" is told the journal again`);
    if (this.#toldOfTrouble) this.#publish('over', `notifier "${name}" is told the journal again`);
    this.#failures = 0;
    this.trouble = undefined;
  }

  #fail(error: unknown): void {
    const { name } = this.#syslog;
    this.#failures++;
    this.trouble = `the journal is told to entry ${this.#cursor?.id ?? 0}: ${describeTrouble(error)}`;
    if (this.#failures === 1) this.#parts.log.warn({ notifier: name }, `notifier "${name}": ${this.trouble}`);
    if (this.#failures === eventAfter) this.#publish('begins', `notifier "${name}": ${this.trouble}`);
  }

  #publish(lasts: 'begins' | 'over', text: string): void {
    this.#toldOfTrouble = lasts === 'begins';
    const subject = { service: `notifier ${this.#syslog.name}` };
    const at = this.#parts.clock.now();
    this.#parts.events?.publish({ kind: 'service', severity: 'warning', subject, detail: 'journal', text, at, lasts });
  }
}

const cursorId = (name: string): string => `audit ${name}`;
