import type { Notifier } from '../../model/alert-rule.ts';
import type { NotifierView } from '../../reconciler/alerts/contract.ts';
import type { Clock } from '../../system/clock.ts';
import type { ObservationSink } from '../contract.ts';
import { Alarm } from './alarm.ts';
import { backOff, type Pace } from './back-off.ts';
import { endSoon } from './end-soon.ts';
import { describeTrouble, NotTold } from './not-told.ts';
import type { NotifierLog, Outbox } from './outbox.ts';
import type { Outgoing } from './outgoing.ts';
import { Queue } from './queue.ts';
import { sendInTime } from './send-in-time.ts';
import type { Sender } from './sender.ts';

/** Messages that wait for one notifier; of more the oldest go. */
const mostWaiting = 10_000;
/** Messages that are told in one go, and those that one message sums up. */
const mostAtOnce = 500;
const mostInDigest = 2_000;
/** Failures in a row after which it is an event. */
const eventAfter = 3;

export interface LaneParts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: NotifierLog;
  readonly pace: Pace;
  readonly events: ObservationSink | undefined;
}

/** The queue of one notifier: in order, one try at a time, on its own. */
export class Lane {
  readonly notifier: Notifier;
  readonly sender: Sender;
  readonly #parts: LaneParts;
  readonly #alarm = new Alarm();
  readonly #abort = new AbortController();
  #closing = false;
  readonly #queue = new Queue();
  #recent: number[] = [];
  #failures = 0;
  #refusals = 0;
  #lastTry = Number.NEGATIVE_INFINITY;
  #retryAt = 0;
  #leftAlone = false;
  #sent = 0;
  #lost = 0;
  #lastSent: number | undefined;
  #trouble: string | undefined;
  #toldOfTrouble = false;
  #running: Promise<void> | undefined;

  constructor(notifier: Notifier, sender: Sender, parts: LaneParts) {
    this.notifier = notifier;
    this.sender = sender;
    this.#parts = parts;
  }

  /** Puts a message at the end. Answers false for one that waits or was told already. */
  add(message: Outgoing): boolean {
    const { clock, pace } = this.#parts;
    const age = Math.min(Math.max(clock.now() - message.at, 0), pace.giveUp);
    // By the monotonic clock: one that is set forward gives nothing up.
    if (!this.#queue.add(message, clock.monotonic() + pace.giveUp - age)) return false;
    if (this.#queue.length > mostWaiting) this.#lose(this.#queue.underWay, 1, `more than ${mostWaiting} messages wait`);
    if (!this.#leftAlone) this.#retryAt = Math.min(this.#retryAt, this.#lastTry + pace.fresh);
    this.#alarm.ring();
    return true;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  view(): NotifierView {
    const { name, kind } = this.notifier;
    return {
      name,
      kind,
      sent: this.#sent,
      waiting: this.#queue.length,
      lost: this.#lost,
      ...(this.#lastSent === undefined ? {} : { lastSent: this.#lastSent }),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    };
  }

  /** What waits, the oldest first. */
  get waiting(): readonly Outgoing[] {
    return this.#queue.messages;
  }

  /** Forgets messages without a word. */
  forget(gone: (message: Outgoing) => boolean): void {
    this.#queue.forget(gone);
  }

  /** Ends, with the try that is under way. What waits stays kept. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#alarm.ring();
    await endSoon(this.#running, this.#abort);
    this.sender.close();
    if (this.#toldOfTrouble) this.#publish('over', `notifier "${this.notifier.name}" is gone or changed`);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!this.#closing) {
      const wait = this.#wait();
      if (wait !== 0) {
        await this.#alarm.wait(wait);
        continue;
      }
      this.#choose();
      const { batch } = this.#queue;
      this.#lastTry = this.#parts.clock.monotonic();
      try {
        const amiss = await sendInTime(this.sender, batch, signal, this.#parts.pace.try);
        this.#succeed(batch, amiss);
      } catch (error) {
        if (!signal.aborted) this.#fail(error);
      }
    }
  }

  /** Milliseconds until the next try; undefined while nothing waits. */
  #wait(): number | undefined {
    const now = this.#parts.clock.monotonic();
    if (this.#queue.length === 0) return undefined;
    if (this.#retryAt > now) return this.#retryAt - now;
    if (this.sender.takes !== 'digest') return 0;
    const { perMinute, minute } = this.#parts.pace;
    this.#recent = this.#recent.filter((at) => at > now - minute);
    const [oldest] = this.#recent;
    return oldest === undefined || this.#recent.length < perMinute ? 0 : Math.max(1, oldest + minute - now);
  }

  /** What is told next, unless the same is tried again. */
  #choose(): void {
    if (this.#queue.underWay > 0) return;
    const { takes } = this.sender;
    const flood = this.#queue.length > this.#parts.pace.perMinute - this.#recent.length;
    if (takes === 'many') this.#queue.begin(mostAtOnce);
    else this.#queue.begin(takes === 'digest' && flood ? mostInDigest : 1);
  }

  #succeed(batch: readonly Outgoing[], amiss: string | undefined): void {
    const { clock, log } = this.#parts;
    const { name } = this.notifier;
    this.#take(0, this.#queue.underWay);
    this.#queue.remember(batch);
    if (this.sender.takes === 'digest') this.#recent.push(clock.monotonic());
    if (this.#failures > 0) log.info({ notifier: name }, `notifier "${name}" is told again`);
    if (this.#toldOfTrouble) this.#publish('over', `notifier "${name}" is told again`);
    if (amiss !== undefined) log.warn({ notifier: name }, `notifier "${name}" is told, but: ${amiss}`);
    this.#sent += batch.length;
    this.#lastSent = clock.now();
    this.#trouble = amiss;
    this.#calm();
  }

  #fail(error: unknown): void {
    const { clock, log, pace } = this.#parts;
    const { name } = this.notifier;
    const now = clock.monotonic();
    const told = error instanceof NotTold ? error : undefined;
    this.#trouble = describeTrouble(error);
    this.#failures++;
    this.#refusals = told?.refused ? this.#refusals + 1 : 0;
    if (this.#failures === 1)
      log.warn({ notifier: name }, `notifier "${name}" is not told, and will be tried again: ${this.#trouble}`);
    if (this.#failures >= eventAfter && !this.#toldOfTrouble)
      this.#publish('begins', `notifier "${name}" is not told: ${this.#trouble}`);
    if (this.#refusals >= pace.refusals) {
      this.#lose(0, this.#queue.underWay, `it was refused ${this.#refusals} times: ${this.#trouble}`);
      this.#calm();
      return;
    }
    this.#lose(0, this.#queue.tooLate(now), `it was tried for ${pace.giveUp / 3_600_000} h: ${this.#trouble}`);
    this.#leftAlone = told?.leaveAlone !== undefined;
    this.#retryAt = now + backOff(pace, this.#failures, told?.leaveAlone);
  }

  #calm(): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#retryAt = 0;
    this.#leftAlone = false;
  }

  /** Takes messages out of the queue and of what is kept. */
  #take(from: number, count: number): void {
    const { name } = this.notifier;
    void this.#parts.outbox.remove(this.#queue.take(from, count).map((message) => ({ notifier: name, message })));
  }

  #lose(from: number, count: number, why: string): void {
    if (count === 0) return;
    const { log } = this.#parts;
    const { name } = this.notifier;
    this.#take(from, count);
    this.#lost += count;
    const text = `${count === 1 ? 'a message' : `${count} messages`} for notifier "${name}" ${count === 1 ? 'is' : 'are'} lost: ${why}`;
    // A flood says so now and then.
    if (count > 1 || this.#lost % 1_000 === 1) log.error({ notifier: name, lost: this.#lost }, text);
    this.#parts.events?.publish({ ...this.#about('lost', text), count });
  }

  #publish(lasts: 'begins' | 'over', text: string): void {
    this.#toldOfTrouble = lasts === 'begins';
    this.#parts.events?.publish({ ...this.#about('notifier', text), lasts });
  }

  #about(detail: string, text: string) {
    const subject = { service: `notifier ${this.notifier.name}` };
    return { kind: 'service', severity: 'warning', subject, detail, text, at: this.#parts.clock.now() } as const;
  }
}
