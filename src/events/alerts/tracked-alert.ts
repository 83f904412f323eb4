import type { AlertRule } from '../../model/alert-rule.ts';
import { type BridgekeeperEvent, type EventSubject, eventKey, type Severity, severities } from '../../model/event.ts';
import type { Reading } from '../../model/reading.ts';
import type { AlertView } from '../../reconciler/alerts/contract.ts';
import { type AlertState, quiet } from './alert-state.ts';

/** Events that one alert is made of at most; that more go on changes nothing. */
const mostSources = 64;
/** A measured value counts until it is so old (ms); those that come more seldom, until three of them did not come. */
const leastFresh = 120_000;
const foldedFresh = 600_000;

/** One rule at one subject, while it is true or an alert. */
export class TrackedAlert {
  readonly id: number;
  readonly key: string;
  rule: AlertRule;
  subject: EventSubject;
  state: AlertState = quiet;
  text = '';
  seen: string | undefined;
  expected: string | undefined;
  done: string | undefined;
  /** Milliseconds since the epoch. */
  since: number;
  firedAt: number | undefined;
  acknowledged: AlertView['acknowledged'];
  /** Whether somebody was told that it fires, and by the monotonic clock when it was told last. */
  told = false;
  toldAt = 0;
  /** How severe it was when it was told last. */
  toldSeverity: Severity = 'info';
  /** Something of it was more than a remark. */
  grave = false;
  /** It is about who did it, not only about whom it was done to. */
  culprit = false;
  /** Until when (monotonic) what the rule does about it holds. */
  actionUntil: number | undefined;
  /** How often it had been seen when that was over. */
  countAfterAction: number | undefined;
  /** It stands for subjects that there was no room for. */
  readonly folded: boolean;
  /** What the rule does about it is being done. */
  acting = false;
  /** True until then (monotonic) whatever is known: after a start observers have not said yet what they see. */
  holdsUntil = 0;
  readonly #sources = new Map<string, { id: number; count: number }>();
  /** The last event that only happened: it is told again when it happens again, with a higher count. */
  #moment: { key: string; id: number; count: number } | undefined;
  #countBefore = 0;
  #reading: { holds: boolean; at: number; every: number } | undefined;

  constructor(begin: Pick<TrackedAlert, 'id' | 'key' | 'rule' | 'subject' | 'since'> & { folded?: boolean }) {
    this.id = begin.id;
    this.key = begin.key;
    this.rule = begin.rule;
    this.subject = begin.subject;
    this.since = begin.since;
    this.folded = begin.folded ?? false;
  }

  /** It is true while one of its events goes on, or its last value says so. `now` is monotonic. */
  holds(now: number): boolean {
    if (this.#sources.size > 0 || now < this.holdsUntil) return true;
    if (!this.#reading?.holds) return false;
    return now - this.#reading.at <= Math.max(leastFresh, 3 * this.#reading.every);
  }

  /** How often it was seen. */
  get count(): number {
    let sum = this.#countBefore;
    for (const { count } of this.#sources.values()) sum += count;
    return Math.max(1, sum);
  }

  /** Whether it was seen by this process; not only by an earlier one that kept it. */
  get known(): boolean {
    return this.#sources.size > 0 || this.#reading !== undefined;
  }

  /** That of its rule; but what consists of remarks only, such as LLDP frames of a guest, is no more than one. */
  get severity(): Severity {
    return this.grave ? this.rule.severity : 'info';
  }

  /** It is more severe than when it was told. */
  get worsened(): boolean {
    return severities.indexOf(this.severity) > severities.indexOf(this.toldSeverity);
  }

  noteEvent(event: BridgekeeperEvent): void {
    if (event.state !== 'over') this.grave ||= event.severity !== 'info';
    this.culprit ||= !(event.detail?.endsWith(':target') ?? false);
    const key = eventKey(event);
    const held = this.#sources.get(key);
    // Without a journal an event has the id 0 until there is one again.
    if (held && held.id !== event.id && held.id * event.id !== 0) this.#countBefore += held.count;
    if (event.state === 'lasting') {
      if (held || this.#sources.size < mostSources) this.#sources.set(key, { id: event.id, count: event.count });
    } else {
      this.#sources.delete(key);
      const known = this.#moment?.key === key && this.#moment.id === event.id ? this.#moment.count : 0;
      this.#countBefore += Math.max(0, event.count - known);
      if (event.state === 'once') this.#moment = { key, id: event.id, count: event.count };
    }
    this.text = event.text;
    this.seen = event.seen;
    this.expected = event.expected;
    // The name of what was seen last may say more, such as the NIC of a port that was plugged in meanwhile.
    this.subject = { ...this.subject, ...event.subject };
  }

  noteReading(reading: Reading, holds: boolean, text: string, now: number): void {
    this.holdsUntil = 0;
    this.grave = true;
    this.culprit = true;
    const every = this.#reading ? Math.max(now - this.#reading.at, 0) : 0;
    this.#reading = { holds, at: now, every };
    if (!holds) return;
    this.#countBefore++;
    this.text = text;
    this.seen = reading.seen;
    this.subject = reading.subject;
  }

  /** One of the subjects that it stands for. It counts for ten minutes, because nobody remembers which they were. */
  noteFolded(text: string, now: number): void {
    this.#reading = { holds: true, at: now, every: foldedFresh / 3 };
    this.grave = true;
    this.#countBefore++;
    this.text = text;
  }

  /** What is not among the events that go on has ended without a word. */
  keepSources(lasting: ReadonlySet<string>): void {
    for (const [key, { count }] of this.#sources) {
      if (lasting.has(key)) continue;
      this.#sources.delete(key);
      this.#countBefore += count;
    }
  }

  /** Nothing makes it true any more: what it is about is gone. */
  forget(): void {
    this.keepSources(new Set());
    this.#reading = undefined;
    this.holdsUntil = 0;
  }

  restoreCount(count: number): void {
    this.#countBefore = count;
  }

  get firing(): boolean {
    return this.state.phase === 'firing' || this.state.phase === 'clearing';
  }

  view(silencedBy: number | undefined): AlertView {
    const { rule } = this;
    return {
      id: this.id,
      rule: rule.name,
      when: rule.when,
      severity: this.severity,
      subject: this.subject,
      state: this.firing ? 'firing' : 'pending',
      text: this.text,
      ...(this.seen === undefined ? {} : { seen: this.seen }),
      ...(this.expected === undefined ? {} : { expected: this.expected }),
      ...(this.done === undefined ? {} : { done: this.done }),
      ...(rule.owner === undefined ? {} : { owner: rule.owner }),
      since: this.since,
      ...(this.firedAt === undefined ? {} : { firedAt: this.firedAt }),
      count: this.count,
      ...(this.acknowledged ? { acknowledged: this.acknowledged } : {}),
      ...(silencedBy === undefined ? {} : { silencedBy }),
    };
  }
}
