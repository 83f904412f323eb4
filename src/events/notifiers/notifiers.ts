import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../errors/app-error.ts';
import type { AlertSettings, Notifier } from '../../model/alert-rule.ts';
import { severities } from '../../model/event.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { NotifierView } from '../../reconciler/alerts/contract.ts';
import type { AuditTrail } from '../../registry/journal/audit-trail.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { ObservationSink } from '../contract.ts';
import { AuditFeed } from './audit-feed.ts';
import { type Pace, usualPace } from './back-off.ts';
import type { AlertMessage, Notifiers } from './contract.ts';
import { Lane } from './lane.ts';
import { describeTrouble } from './not-told.ts';
import { type KeptMessage, type NotifierLog, Outbox } from './outbox.ts';
import { type Outgoing, outgoingOf, tellerOf, testMessage } from './outgoing.ts';
import { sendInTime } from './send-in-time.ts';
import { createSender } from './sender.ts';

export interface NotifierParts {
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: NotifierLog;
  readonly settings: AlertSettings;
  /** What a syslog notifier with `audit` is told. */
  readonly audit: AuditTrail;
  /** Name of the site. */
  readonly site?: () => string | undefined;
  /** Where it is said that a notifier is not told. */
  readonly events?: ObservationSink;
  /** Other times, for tests. */
  readonly pace?: Partial<Pace>;
}

export function createNotifiers(parts: NotifierParts): Notifiers {
  return new AllNotifiers(parts);
}

/** One notifier that is in use. */
interface Active {
  readonly lane: Lane;
  readonly feed: AuditFeed | undefined;
}

class AllNotifiers implements Notifiers {
  readonly #parts: NotifierParts;
  readonly #pace: Pace;
  readonly #outbox: Outbox;
  readonly #active = new Map<string, Active>();
  /** What waits for notifiers that there are not, at the moment. */
  #orphans: KeptMessage[] = [];
  #settings: AlertSettings;
  #started = false;
  /** Changes of settings follow each other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#pace = { ...usualPace, ...parts.pace };
    this.#outbox = new Outbox(parts.kept, parts.log);
  }

  async deliver(message: AlertMessage): Promise<void> {
    const outgoing = outgoingOf(message, tellerOf(this.#parts.site?.()));
    const added: KeptMessage[] = [];
    for (const notifier of this.#settings.notifiers.filter((one) => wants(one, message))) {
      const one: KeptMessage = { notifier: notifier.name, message: outgoing };
      const active = this.#active.get(notifier.name);
      // Its settings are just being changed, or nothing was started yet.
      if (active === undefined) this.#orphans.push(one);
      if (active === undefined || active.lane.add(outgoing)) added.push(one);
    }
    if (added.length > 0) await this.#outbox.put(added);
  }

  kept(): Promise<boolean> {
    return this.#outbox.settle();
  }

  async test(
    name: string,
    signal = new AbortController().signal,
    onlyPlan = false,
  ): Promise<{ ok: boolean; text: string }> {
    const notifier = this.#settings.notifiers.find((one) => one.name === name);
    if (notifier === undefined) throw this.#unknown(name);
    if (onlyPlan) return { ok: true, text: `notifier "${name}" would be told` };
    const { clock, log } = this.#parts;
    // One of its own: what waits does not hold it up, and it shows whether a new connection can be made.
    const sender = createSender(notifier, clock);
    const test = testMessage(clock.now(), tellerOf(this.#parts.site?.()));
    const began = clock.monotonic();
    try {
      const amiss = await sendInTime(sender, [test], signal, this.#pace.try);
      const took = `in ${Math.round(clock.monotonic() - began)} ms`;
      return { ok: true, text: `notifier "${name}" was told ${took}${amiss === undefined ? '' : `, but: ${amiss}`}` };
    } catch (error) {
      const text = `notifier "${name}" was not told: ${describeTrouble(error)}`;
      log.warn({ notifier: name }, text);
      return { ok: false, text };
    } finally {
      sender.close();
    }
  }

  views(): NotifierView[] {
    return [...this.#active.values()].map(({ lane, feed }) => {
      const view = lane.view();
      const trouble = view.trouble ?? feed?.trouble;
      const lastSent = Math.max(view.lastSent ?? 0, feed?.lastSent ?? 0);
      return {
        ...view,
        sent: view.sent + (feed?.sent ?? 0),
        ...(trouble === undefined ? {} : { trouble }),
        ...(lastSent === 0 ? {} : { lastSent }),
      };
    });
  }

  configure(settings: AlertSettings): void {
    this.#settings = settings;
    if (this.#started) this.#changing = this.#changing.then(() => this.#change());
  }

  async reload(): Promise<void> {
    // What comes while the registry is read is none of what was taken out of it.
    const before = new Set([...this.#orphans.map(({ message }) => message), ...this.#waiting()]);
    try {
      const stays = await this.#outbox.stillThere();
      const gone = (one: KeptMessage): boolean => before.has(one.message) && !stays(one);
      this.#orphans = this.#orphans.filter((one) => !gone(one));
      for (const [notifier, { lane }] of this.#active) lane.forget((message) => gone({ notifier, message }));
    } catch (error) {
      this.#parts.log.error({ error }, 'messages that wait could not be compared with those that are kept');
    }
  }

  async start(): Promise<void> {
    this.#orphans.unshift(...(await this.#load()));
    this.#started = true;
    this.#changing = this.#changing.then(() => this.#change());
    await this.#changing;
  }

  async close(): Promise<void> {
    this.#started = false;
    await this.#changing;
    await Promise.all([...this.#active.values()].map(closeActive));
    this.#active.clear();
    await this.#outbox.close();
  }

  #waiting(): Outgoing[] {
    return [...this.#active.values()].flatMap(({ lane }) => lane.waiting);
  }

  async #load(): Promise<KeptMessage[]> {
    try {
      return await this.#outbox.load();
    } catch (error) {
      this.#parts.log.error({ error }, 'messages that wait to be told could not be read; they are left as they are');
      return [];
    }
  }

  /** Those that are gone or became others end, new ones begin; the others never notice. */
  async #change(): Promise<void> {
    const wanted = new Map<string, Notifier>(this.#settings.notifiers.map((one) => [one.name, one]));
    for (const [name, active] of [...this.#active]) {
      if (isDeepStrictEqual(wanted.get(name), active.lane.notifier)) continue;
      this.#active.delete(name);
      await closeActive(active);
      // They are older than what came while it was ending.
      this.#orphans.unshift(...active.lane.waiting.map((message) => ({ notifier: name, message })));
    }
    // The order of the site.
    const before = new Map(this.#active);
    this.#active.clear();
    for (const [name, notifier] of wanted) this.#active.set(name, before.get(name) ?? this.#begin(notifier));
    this.#adopt();
  }

  #begin(notifier: Notifier): Active {
    const { clock, log, events, audit, kept } = this.#parts;
    const pace = this.#pace;
    const sender = createSender(notifier, clock);
    const lane = new Lane(notifier, sender, { outbox: this.#outbox, clock, log, pace, events });
    const feed =
      notifier.kind === 'syslog' && notifier.audit
        ? new AuditFeed(notifier, { audit, kept, clock, log, pace, events })
        : undefined;
    lane.start();
    feed?.start();
    return { lane, feed };
  }

  /** What waits goes on where its notifier is there again; for others it is kept for as long as it would be tried. */
  #adopt(): void {
    const now = this.#parts.clock.now();
    const left: KeptMessage[] = [];
    const old: KeptMessage[] = [];
    for (const one of this.#orphans) {
      const active = this.#active.get(one.notifier);
      if (active !== undefined) active.lane.add(one.message);
      else if (now - one.message.at > this.#pace.giveUp) old.push(one);
      else left.push(one);
    }
    this.#orphans = left;
    if (old.length > 0) {
      this.#parts.log.warn({ count: old.length }, `${old.length} messages for notifiers that are gone are given up`);
      void this.#outbox.remove(old);
    }
  }

  #unknown(name: string): AppError {
    const names = this.#settings.notifiers.map((one) => one.name);
    const near = nearestName(name, names);
    const hint =
      near === undefined
        ? `; there ${names.length === 0 ? 'are none' : `are ${names.join(', ')}`}`
        : `; did you mean "${near}"?`;
    return new AppError('not-found', `there is no notifier ${quoteValue(name)}${hint}`);
  }
}

function wants(notifier: Notifier, { alert, notify }: AlertMessage): boolean {
  if (severities.indexOf(alert.severity) < severities.indexOf(notifier.atLeast)) return false;
  return notify === undefined ? !notifier.onlyNamed : notify.includes(notifier.name);
}

async function closeActive({ lane, feed }: Active): Promise<void> {
  await Promise.all([lane.close(), feed?.close()]);
}
