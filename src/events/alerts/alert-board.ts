import type { AlertRule, AlertSettings } from '../../model/alert-rule.ts';
import type { EventSubject } from '../../model/event.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { AlertView } from '../../reconciler/alerts/contract.ts';
import type { Clock } from '../../system/clock.ts';
import type { ObservationSink } from '../contract.ts';
import type { Notifiers, Stage } from '../notifiers/contract.ts';
import type { AlertActions } from './alert-actions.ts';
import { alertEvent } from './alert-events.ts';
import { advance } from './alert-state.ts';
import type { AlertStore, StoredAlert } from './alert-store.ts';
import type { OverAlerts } from './over-alerts.ts';
import { subjectKey } from './rule-index.ts';
import type { SilenceBook } from './silence-book.ts';
import { TrackedAlert } from './tracked-alert.ts';

/** Observers say within this time after a start what they see (ms). */
const startGrace = 60_000;
/** How long a message waits for what is done at the same time (ms). */
const actionGrace = 3_000;

interface BoardParts {
  readonly clock: Clock;
  readonly events: ObservationSink;
  readonly store: AlertStore;
  readonly silences: SilenceBook;
  readonly notifiers: Pick<Notifiers, 'deliver'>;
  readonly actions: AlertActions;
  readonly over: OverAlerts;
  readonly settings: () => AlertSettings;
  /** Rules and subjects that are told apart; beyond, each rule has one alert for all the others. */
  readonly most: number;
}

const keyOf = (rule: AlertRule, subject: EventSubject): string => `${rule.name} ${subjectKey(rule.when, subject)}`;

/** Alerts from when they may become one until they are over: kept, told and acted on as their state goes on. */
export class AlertBoard {
  readonly #parts: BoardParts;
  readonly #tracked = new Map<string, TrackedAlert>();
  readonly #byId = new Map<number, TrackedAlert>();

  constructor(parts: BoardParts) {
    this.#parts = parts;
  }

  all(): IterableIterator<TrackedAlert> {
    return this.#tracked.values();
  }

  get(id: number): TrackedAlert | undefined {
    return this.#byId.get(id);
  }

  find(rule: AlertRule, subject: EventSubject): TrackedAlert | undefined {
    return this.#tracked.get(keyOf(rule, subject));
  }

  /** That of a rule and a subject, or the one that stands for all that there is no room for. */
  track(rule: AlertRule, subject: EventSubject): TrackedAlert {
    const key = keyOf(rule, subject);
    const known = this.#tracked.get(key);
    if (known) return known;
    const folded = this.#tracked.size >= this.#parts.most;
    const others = `${rule.name} …`;
    const one = folded ? this.#tracked.get(others) : undefined;
    if (one) return one;
    const begin = { rule, key: folded ? others : key, subject: folded ? {} : subject, folded };
    const alert = new TrackedAlert({ ...begin, id: this.#parts.store.nextId(), since: this.#parts.clock.now() });
    this.#add(alert);
    return alert;
  }

  /** Goes on to `now` (monotonic), and does what has become due with that. */
  step(alert: TrackedAlert, now: number, holds = alert.holds(now)): void {
    const before = alert.state.phase;
    const times = { for: alert.rule.for * 1000, clear: alert.rule.clear * 1000 };
    const { state, turn } = advance(alert.state, holds, times, now);
    alert.state = state;
    if (before === 'quiet' && state.phase !== 'quiet') alert.since = this.#parts.clock.now();
    if (turn === 'fires') this.#fire(alert, now);
    if (turn === 'over') this.end(alert);
    else if (state.phase === 'quiet') this.drop(alert);
  }

  /** The same for all, once a second. */
  look(now: number): void {
    for (const alert of this.#tracked.values()) {
      this.step(alert, now);
      if (alert.state.phase === 'firing' && alert.known) this.#actAgain(alert, now);
      if (alert.firing) this.#tellIfDue(alert, now);
    }
  }

  /** `why` it is over, where it is not that it is no longer true. */
  end(alert: TrackedAlert, why?: string): void {
    this.drop(alert);
    if (alert.firedAt === undefined) return;
    const { silencedBy: _, ...view } = this.view(alert);
    const resolvedAt = this.#parts.clock.now();
    const over: AlertView = { ...view, state: 'resolved', resolvedAt, text: alert.text + (why ? ` (${why})` : '') };
    this.#parts.over.add(over, alert.told);
    void this.#parts.store.flush();
    const text = `alert ${quoteValue(alert.rule.name)} is over: ${over.text}`;
    this.#parts.events.publish(alertEvent(alert, 'over', text, resolvedAt));
    // Who was told that it began hears that it is over, silenced or not: nobody shall go on waiting for it.
    if (alert.told) this.tellOver(over, alert.rule);
  }

  /** Tells that an alert is over. */
  tellOver(over: AlertView, rule: Pick<AlertRule, 'notify'>): void {
    this.#tell(over, 'over', rule);
    this.#parts.over.settle(over);
  }

  /** Forgets it without a word. */
  drop(alert: TrackedAlert): void {
    this.#tracked.delete(alert.key);
    this.#byId.delete(alert.id);
  }

  view(alert: TrackedAlert): AlertView {
    return alert.view(alert.firing ? this.#parts.silences.over(alert) : undefined);
  }

  stored(alert: TrackedAlert): StoredAlert {
    const { clock } = this.#parts;
    const wall = (monotonic: number): number => clock.now() + monotonic - clock.monotonic();
    const { silencedBy: _, ...view } = this.view(alert);
    return {
      view,
      key: alert.key,
      told: alert.told,
      toldAt: alert.told ? wall(alert.toldAt) : 0,
      ...(alert.actionUntil === undefined ? {} : { actionUntil: wall(alert.actionUntil) }),
      ...(alert.folded ? { folded: true } : {}),
    };
  }

  /** Takes up a kept alert: whoever was told before is not told again because the daemon began anew. */
  restore({ view, key, told, toldAt, actionUntil, folded }: StoredAlert, rule: AlertRule | undefined): void {
    const { clock, settings } = this.#parts;
    const now = clock.monotonic();
    // A clock that was set meanwhile neither hurries nor holds up.
    const ago = Math.min(Math.max(clock.now() - toldAt, 0), settings().repeat * 1000);
    const left = Math.max(0, Math.min((actionUntil ?? 0) - clock.now(), (rule?.action?.seconds ?? 0) * 1000));
    const { id, subject, since } = view;
    const alert = new TrackedAlert({ id, key, rule: rule ?? goneRule(view), subject, since, folded: folded === true });
    Object.assign(alert, {
      text: view.text,
      seen: view.seen,
      expected: view.expected,
      done: view.done,
      firedAt: view.firedAt,
      acknowledged: view.acknowledged,
      told,
      toldSeverity: told ? view.severity : 'info',
      grave: view.severity !== 'info',
      toldAt: now - ago,
      ...(actionUntil === undefined ? {} : { actionUntil: now + left }),
      state: { phase: 'firing', since: now },
      holdsUntil: now + startGrace,
    });
    alert.restoreCount(view.count);
    this.#add(alert);
    if (rule?.when !== view.when) this.end(alert, 'its rule is gone');
    // The stream would say that it is over, for want of anybody who says that it goes on.
    else this.#publishBegin(alert);
  }

  #add(alert: TrackedAlert): void {
    this.#tracked.set(alert.key, alert);
    this.#byId.set(alert.id, alert);
  }

  #fire(alert: TrackedAlert, now: number): void {
    alert.firedAt = this.#parts.clock.now();
    this.#publishBegin(alert);
    this.#keep(alert);
    // Before the message: its number must not be given to another alert, and must be known when it is over.
    void this.#parts.store.flush();
    this.#act(alert);
    this.#tellIfDue(alert, now);
    void this.#parts.store.flush();
  }

  #publishBegin(alert: TrackedAlert): void {
    const text = `alert ${quoteValue(alert.rule.name)}: ${alert.text}`;
    this.#parts.events.publish(alertEvent(alert, 'begins', text, this.#parts.clock.now()));
  }

  /**
   * What was done is over: it is done again when it is seen again after that. That the event still lasts says nothing:
   * it does until it was quiet for a while.
   */
  #actAgain(alert: TrackedAlert, now: number): void {
    if (!alert.rule.action || alert.acting || now < (alert.actionUntil ?? 0)) return;
    if (alert.actionUntil !== undefined) alert.countAfterAction ??= alert.count;
    if (alert.countAfterAction === undefined || alert.count > alert.countAfterAction) this.#act(alert);
  }

  /** Does what the rule says. */
  #act(alert: TrackedAlert): void {
    const { action } = alert.rule;
    if (!action) return;
    alert.acting = true;
    alert.countAfterAction = undefined;
    void this.#parts.actions.run(alert, action).then(({ done, holds }) => {
      alert.acting = false;
      alert.done = done;
      const after = this.#parts.clock.monotonic();
      alert.actionUntil = after + holds;
      if (!alert.firing) return;
      this.#keep(alert);
      this.#tellIfDue(alert, after);
      void this.#parts.store.flush();
    });
  }

  #tellIfDue(alert: TrackedAlert, now: number): void {
    const { repeat } = this.#parts.settings();
    if (alert.told && alert.worsened) {
      // It is another thing than what was told, and than what somebody took upon himself.
      alert.told = false;
      alert.acknowledged = undefined;
      this.#publishBegin(alert);
    }
    if (alert.acknowledged || (alert.told && now - alert.toldAt < repeat * 1000)) return;
    // An isolation takes a moment, and what it answered belongs into the message.
    if (alert.acting && !alert.told && now - alert.state.since < actionGrace) return;
    const view = this.view(alert);
    if (view.silencedBy !== undefined) return;
    const stage = alert.told ? 'goes on' : 'fires';
    alert.told = true;
    alert.toldAt = now;
    alert.toldSeverity = alert.severity;
    this.#keep(alert);
    this.#tell(view, stage, alert.rule);
  }

  #tell(alert: AlertView, stage: Stage, { notify }: Pick<AlertRule, 'notify'>): void {
    const at = this.#parts.clock.now();
    void this.#parts.notifiers.deliver({ alert, stage, at, ...(notify === undefined ? {} : { notify }) });
  }

  #keep(alert: TrackedAlert): void {
    this.#parts.store.put(alert.id, () => this.stored(alert));
  }
}

/** Stands in for the rule of a kept alert, only to say that it is over. */
function goneRule({ rule, when, severity }: AlertView): AlertRule {
  return { name: rule as AlertRule['name'], when, severity, for: 0, clear: 0, only: [] };
}
