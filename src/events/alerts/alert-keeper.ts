import { AppError } from '../../errors/app-error.ts';
import type { AlertRule } from '../../model/alert-rule.ts';
import { defaultAlertSettings } from '../../model/default-alert-rules.ts';
import { type BridgekeeperEvent, eventKey, type Observation } from '../../model/event.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Reading } from '../../model/reading.ts';
import type { Site } from '../../model/site.ts';
import type {
  AlertFilter,
  AlertSummary,
  Alerts,
  AlertView,
  NotifierView,
  SilenceOrder,
  SilenceView,
} from '../../reconciler/alerts/contract.ts';
import type { Isolation } from '../../reconciler/isolation/contract.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { EventStream, ReadingSink } from '../contract.ts';
import type { Notifiers } from '../notifiers/contract.ts';
import { AlertActions } from './alert-actions.ts';
import { AlertBoard } from './alert-board.ts';
import { alertEvent, silenceEvent } from './alert-events.ts';
import { AlertStore } from './alert-store.ts';
import { expectedOf, readingText } from './alert-texts.ts';
import { OverAlerts } from './over-alerts.ts';
import { RuleIndex, ruleFits } from './rule-index.ts';
import { refuseUnknownNames, SilenceBook } from './silence-book.ts';

/** Rules and subjects that are told apart: 10,000 NICs, each of which breaks a rule that has a severer one behind it. */
const mostAlerts = 20_000;
const lookEvery = 1_000;
/** How often alerts are compared with what the stream says goes on. */
const compareEvery = 60_000;

export interface AlertKeeperParts {
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: { warn(details: object, text: string): void };
  readonly site: () => Site | undefined;
  readonly events: Pick<EventStream, 'publish' | 'listen' | 'lasting' | 'flush'>;
  readonly notifiers: Notifiers;
  readonly isolation: Pick<Isolation, 'isolate' | 'list'>;
  /** Alerts that are told apart; only tests ask for fewer than 20,000. */
  readonly most?: number;
}

/** Turns events and readings into alerts by the rules of the site, tells of them, and does what the rules say. */
export class AlertKeeper implements Alerts, ReadingSink {
  readonly #parts: AlertKeeperParts;
  readonly #store: AlertStore;
  readonly #silences: SilenceBook;
  readonly #over: OverAlerts;
  readonly #board: AlertBoard;
  #settings = defaultAlertSettings;
  #rules = new RuleIndex(defaultAlertSettings.rules);
  #site: Site | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;
  #comparedAt = 0;
  #failing = false;

  constructor(parts: AlertKeeperParts) {
    const { kept, clock, events, most = mostAlerts } = parts;
    this.#parts = parts;
    const messagesKept = (): Promise<boolean> => parts.notifiers.kept();
    this.#store = new AlertStore(kept, messagesKept, (error) => this.#notKept(error));
    this.#silences = new SilenceBook(kept, clock);
    this.#over = new OverAlerts(this.#store, clock);
    this.#board = new AlertBoard({
      clock,
      events,
      store: this.#store,
      silences: this.#silences,
      notifiers: parts.notifiers,
      actions: new AlertActions({ ...parts, atMost: () => this.#settings.isolateAtMost }),
      over: this.#over,
      settings: () => this.#settings,
      most,
    });
  }

  /** Takes up the alerts of an earlier process, and looks on from then on. */
  async start(): Promise<void> {
    await this.#silences.load();
    const stored = await this.#store.load();
    // What lasts comes after what is kept: it belongs to those alerts.
    this.#readSettings(false);
    for (const alert of stored) {
      const { view, told } = alert;
      const rule = this.#rules.named(view.rule);
      if (view.state !== 'resolved') this.#board.restore(alert, rule);
      else {
        this.#over.restore(view);
        // The daemon ended before the message was kept.
        if (!told) this.#over.add(view, true);
        if (!told) this.#board.tellOver(view, rule ?? {});
      }
    }
    this.#comparedAt = this.#parts.clock.monotonic();
    this.#unlisten = this.#parts.events.listen((event) => this.#note(event));
    for (const event of this.#parts.events.lasting()) this.#note(event, true);
    this.#timer = setInterval(() => void this.look(), lookEvery);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unlisten?.();
    await this.#store.close();
  }

  read(reading: Reading): void {
    this.#readSettings();
    const now = this.#parts.clock.monotonic();
    for (const rule of this.#rules.ofReading(reading.condition)) {
      if (!ruleFits(rule, reading.subject)) continue;
      if (rule.within !== undefined && reading.within !== undefined && rule.within !== reading.within) continue;
      const { above, below } = rule;
      const holds = (above !== undefined && reading.value > above) || (below !== undefined && reading.value < below);
      const alert = holds ? this.#board.track(rule, reading.subject) : this.#board.find(rule, reading.subject);
      if (!alert) continue;
      const text = readingText(reading);
      if (alert.folded) alert.noteFolded(foldedText(rule, text), now);
      else alert.noteReading(reading, holds, text, now);
      alert.expected = expectedOf(rule);
      this.#board.step(alert, now);
    }
  }

  /** Goes on to now: what waited, what is told again, what was silenced until now. Once a second; never rejects. */
  async look(): Promise<void> {
    const now = this.#parts.clock.monotonic();
    try {
      this.#readSettings();
      this.#readSite();
      if (now - this.#comparedAt >= compareEvery) this.#compare(now);
      this.#board.look(now);
      this.#over.prune();
      for (const silence of await this.#silences.expire()) {
        this.#parts.events.publish(silenceEvent(silence, 'is over', this.#parts.clock.now()));
      }
    } catch (error) {
      this.#notKept(error);
    }
    await this.#store.flush();
    if (this.#store.done) this.#failing = false;
  }

  async list({ state, rule, guest, all }: AlertFilter = {}): Promise<AlertView[]> {
    const live = [...this.#board.all()].map((alert) => this.#board.view(alert));
    const over = all || state === 'resolved' ? this.#over.list() : [];
    const fits = (view: AlertView): boolean =>
      (state === undefined || view.state === state) &&
      (rule === undefined || view.rule === rule) &&
      (guest === undefined || view.subject.guest === guest);
    return [...live, ...over].filter(fits).sort((a, b) => b.id - a.id);
  }

  summary(): AlertSummary {
    const firing = [...this.#board.all()].filter((alert) => alert.firing);
    return {
      firing: firing.length,
      critical: firing.filter(({ severity }) => severity === 'critical').length,
      acknowledged: firing.filter(({ acknowledged }) => acknowledged !== undefined).length,
    };
  }

  async acknowledge(id: number, reason: string, { who, from, onlyPlan }: Asker): Promise<AlertView> {
    const alert = this.#board.get(id);
    if (!alert && this.#over.has(id)) throw new AppError('conflict', `alert ${id} is over already`);
    if (!alert) throw new AppError('not-found', `there is no alert ${id}; \`bridgekeeper alerts\` shows them`);
    if (!alert.firing)
      throw new AppError('conflict', `alert ${id} is pending: true, but not for long enough to be an alert`);
    const before = alert.acknowledged;
    const ours = { who, at: this.#parts.clock.now(), reason };
    if (onlyPlan) return { ...this.#board.view(alert), acknowledged: ours };
    alert.acknowledged = ours;
    try {
      await this.#parts.notifiers.kept();
      if (this.#board.get(id) !== alert) throw new AppError('conflict', `alert ${id} is over already`);
      await this.#parts.kept.change('alert', { put: [{ id: String(id), body: this.#board.stored(alert) }] });
    } catch (error) {
      if (alert.acknowledged === ours) alert.acknowledged = before;
      throw error;
    }
    const text = `alert ${id}, rule ${quoteValue(alert.rule.name)}, was acknowledged by ${who}: ${reason}`;
    const at = this.#parts.clock.now();
    await this.#journal(alertEvent(alert, 'acknowledged', text, at, { who, from }));
    return this.#board.view(alert);
  }

  async silence(order: SilenceOrder, actor: Asker): Promise<SilenceView> {
    this.#readSettings();
    refuseUnknownNames(order, this.#rules.all, this.#parts.site());
    if (actor.onlyPlan) return this.#silences.plan(order, actor.who);
    const silence = await this.#silences.add(this.#store.nextId(), order, actor.who);
    const what = `was made by ${actor.who} until ${new Date(silence.until).toISOString()}`;
    await this.#journal(silenceEvent(silence, what, this.#parts.clock.now(), actor));
    return silence;
  }

  async silences(): Promise<SilenceView[]> {
    return this.#silences.list();
  }

  async unsilence(id: number, actor: Asker): Promise<SilenceView> {
    if (actor.onlyPlan) return this.#silences.one(id);
    const silence = await this.#silences.remove(id);
    await this.#journal(silenceEvent(silence, `was ended by ${actor.who}`, this.#parts.clock.now(), actor));
    return silence;
  }

  async rules(): Promise<AlertRule[]> {
    this.#readSettings();
    return this.#rules.all.map(({ place: _, ...rule }) => rule);
  }

  async notifiers(): Promise<NotifierView[]> {
    this.#readSettings();
    return this.#parts.notifiers.views();
  }

  async test(
    name: string,
    { who, from, onlyPlan }: Asker,
    signal?: AbortSignal,
  ): Promise<{ ok: boolean; text: string }> {
    this.#readSettings();
    const result = await this.#parts.notifiers.test(name, signal, onlyPlan);
    if (onlyPlan) return result;
    const text = `${who} tested notifier ${quoteValue(name)}: ${result.text}`;
    const at = this.#parts.clock.now();
    const subject = { service: `notifier ${name}` };
    await this.#journal({ kind: 'alert', severity: 'info', subject, detail: 'test', text, at, who, from });
    return result;
  }

  /** Forgets alerts that somebody took out of the registry: an owner's data was erased. */
  async reload(): Promise<void> {
    await this.#store.flush();
    const items = await this.#parts.kept.load('alert');
    const left = new Set(items.map(({ id }) => Number(id)));
    this.#over.keep(left);
    for (const alert of [...this.#board.all()]) if (alert.firing && !left.has(alert.id)) this.#board.drop(alert);
    await this.#parts.notifiers.reload();
  }

  /** `carried`: an earlier process saw it, and this one has not yet. A rule that waits does not wait for that. */
  #note(event: BridgekeeperEvent, carried = false): void {
    if (event.kind === 'alert') return;
    // Who claims an address and is stopped by the guard is told of as a violation: one thing, one alert. Only a conflict
    // that is on the wire is critical.
    if (event.kind === 'conflict' && event.severity !== 'critical') return;
    this.#readSettings();
    const now = this.#parts.clock.monotonic();
    // What only happened is true for a moment; what is merely said, such as a lease that was given, is no trouble.
    const moment = event.state === 'once' && event.severity !== 'info';
    const begins = event.state === 'lasting' || moment;
    for (const rule of this.#rules.ofEvent(event.kind)) {
      if (!ruleFits(rule, event.subject, event.detail)) continue;
      const begin = begins && !(carried && rule.for > 0);
      const alert = begin ? this.#board.track(rule, event.subject) : this.#board.find(rule, event.subject);
      if (!alert) continue;
      if (alert.folded) alert.noteFolded(foldedText(rule, event.text), now);
      else alert.noteEvent(event);
      if (moment) this.#board.step(alert, now, true);
      this.#board.step(alert, now);
    }
  }

  /** Rules of the site as it is now: alerts follow theirs, and end with it. */
  #readSettings(note = true): void {
    const settings = this.#parts.site()?.alerts ?? defaultAlertSettings;
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#rules = new RuleIndex(settings.rules);
    this.#parts.notifiers.configure(settings);
    for (const alert of [...this.#board.all()]) {
      const rule = this.#rules.named(alert.rule.name);
      const fits = rule?.when === alert.rule.when && (alert.folded || ruleFits({ ...rule, only: [] }, alert.subject));
      if (rule && fits) alert.rule = rule;
      else this.#board.end(alert, 'its rule is gone');
    }
    if (note) for (const event of this.#parts.events.lasting()) this.#note(event);
  }

  /** What is not in the site any more cannot be true for ever because nobody says that it is over. */
  #readSite(): void {
    const site = this.#parts.site();
    if (site === this.#site) return;
    this.#site = site;
    const names = (list: readonly { readonly name: string }[] | undefined) => new Set(list?.map(({ name }) => name));
    const [guests, segments, pools] = [names(site?.guests), names(site?.segments), names(site?.pools)];
    for (const alert of this.#board.all()) {
      const { guest, segment, pool } = alert.subject;
      const there =
        (guest === undefined || guests.has(guest)) &&
        (segment === undefined || segments.has(segment)) &&
        (pool === undefined || pools.has(pool));
      if (!there) alert.forget();
    }
  }

  #compare(now: number): void {
    this.#comparedAt = now;
    const lasting = new Set(this.#parts.events.lasting().map(eventKey));
    for (const alert of this.#board.all()) alert.keepSources(lasting);
  }

  /** What a human did is in the journal when he is answered. Where it cannot be written now, it is later. */
  async #journal(observation: Observation): Promise<void> {
    this.#parts.events.publish(observation);
    await this.#parts.events.flush().catch((error: unknown) => this.#notKept(error));
  }

  #notKept(error: unknown): void {
    if (!this.#failing) this.#parts.log.warn({ error }, 'alerts could not be kept; they are held in memory meanwhile');
    this.#failing = true;
  }
}

function foldedText(rule: AlertRule, last: string): string {
  return `rule "${rule.name}" is true at more places than can be told apart, the last: ${last}`;
}
