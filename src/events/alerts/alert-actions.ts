import type { AlertAction } from '../../model/alert-rule.ts';
import { renderRate } from '../../model/quantity.ts';
import type { Site } from '../../model/site.ts';
import type { Isolation, IsolationOrder, IsolationView } from '../../reconciler/isolation/contract.ts';
import { itself } from '../../registry/journal/journal.ts';
import type { Clock } from '../../system/clock.ts';
import type { TrackedAlert } from './tracked-alert.ts';

interface ActionParts {
  readonly isolation: Pick<Isolation, 'isolate' | 'list'>;
  readonly clock: Clock;
  readonly site: () => Site | undefined;
  /** Share of all NICs that may be isolated by rules at once. */
  readonly atMost: () => number;
}

/** What was done, as a sentence's end, and for how long (ms) nothing more is to be done. */
export interface ActionResult {
  readonly done: string;
  readonly holds: number;
}

/** Milliseconds until an action that could not be done is tried again. */
const tryAgain = 60_000;

const wordOf = (action: AlertAction): string =>
  action.kind === 'limit' ? `limited to ${renderRate(action.rate)}` : 'isolated';

function reasonOf({ id, rule, text }: TrackedAlert): string {
  return `alert ${id}, rule "${rule.name}": ${text}`.slice(0, 200);
}

/**
 * Isolates and limits what a rule says. Only NICs of guests, never a port of the host's own; never more than a share of
 * them at once, so that who finds a way to make others look guilty gets few of them cut off; and never in place of what
 * a human ordered. One at a time, so that two do not count the same room.
 */
export class AlertActions {
  readonly #parts: ActionParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Never rejects: what could not be done is said. */
  run(alert: TrackedAlert, action: AlertAction): Promise<ActionResult> {
    const result = this.#turn
      .then(() => this.#run(alert, action))
      .catch((error: unknown) => ({ done: `not ${wordOf(action)}: ${messageOf(error)}`, holds: tryAgain }));
    this.#turn = result;
    return result;
  }

  async #run(alert: TrackedAlert, action: AlertAction): Promise<ActionResult> {
    const { isolation, clock } = this.#parts;
    if (!alert.culprit) return { done: `not ${wordOf(action)}: it is about whom it was done to`, holds: tryAgain };
    const nics = this.#nicsOf(alert);
    if (nics.length === 0) {
      return { done: `not ${wordOf(action)}: it is not known which guest's NIC it is`, holds: tryAgain };
    }
    const held = await isolation.list();
    const already = nicsHeld(held, nics, clock.now() + action.seconds * 1000);
    if (already) return { done: already, holds: action.seconds * 1000 };
    const refusal = this.#refusal(held, nics);
    if (refusal !== undefined) return { done: `not ${wordOf(action)}: ${refusal}`, holds: tryAgain };
    const { guest, nic } = alert.subject;
    const order: IsolationOrder = {
      guest: guest as string,
      ...(nic === undefined ? {} : { nic: Number(nic.slice(nic.lastIndexOf('/') + 1)) }),
      ...(action.kind === 'limit' ? { limit: renderRate(action.rate) } : {}),
      seconds: action.seconds,
      reason: reasonOf(alert),
    };
    const views = await isolation.isolate(order, itself);
    const until = new Date(Math.max(...views.map((view) => view.until))).toISOString();
    const names = views.map((view) => `"${view.nic}"`).join(', ');
    return { done: `NIC ${names} ${wordOf(action)} until ${until}`, holds: action.seconds * 1000 };
  }

  /** Ids of NICs of the site that the alert is about. */
  #nicsOf({ subject, folded }: TrackedAlert): string[] {
    if (folded || subject.guest === undefined) return [];
    const guest = this.#parts.site()?.guests.find(({ name }) => name === subject.guest);
    const ids = guest?.nics.map((_, index) => `${guest.name}/${index}`) ?? [];
    return subject.nic === undefined ? ids : ids.filter((id) => id === subject.nic);
  }

  #refusal(held: readonly IsolationView[], nics: readonly string[]): string | undefined {
    const all = this.#parts.site()?.guests.reduce((sum, guest) => sum + guest.nics.length, 0) ?? 0;
    const share = this.#parts.atMost();
    const room = Math.max(1, Math.floor(all * share));
    const ours = new Set(held.filter(({ who }) => who === itself.who).map(({ nic }) => nic));
    for (const nic of nics) ours.add(nic);
    if (ours.size <= room) return undefined;
    return `rules may isolate ${room} of ${all} NICs at once (isolateAtMost ${+(share * 100).toFixed(2)}%)`;
  }
}

/** What says that all of them are held already, by a human or for longer. */
function nicsHeld(held: readonly IsolationView[], nics: readonly string[], until: number): string | undefined {
  const found = nics.map((nic) => held.find((view) => view.nic === nic));
  const enough = found.every(
    (view) => view !== undefined && ((view.who !== itself.who && !view.tenant) || view.until >= until),
  );
  const [first] = found;
  if (!enough || !first) return undefined;
  const word = first.limit === undefined ? 'isolated' : `limited to ${first.limit}`;
  return `was ${word} already, until ${new Date(first.until).toISOString()}, by ${first.who}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
