import type { AlertView } from '../../reconciler/alerts/contract.ts';
import type { Clock } from '../../system/clock.ts';
import type { Notifiers, Stage } from '../notifiers/contract.ts';

/** Messages of one rule and stage that are told one by one in a minute; the others are told as one. */
const mostSingle = 20;
const window = 60_000;

interface Window {
  readonly since: number;
  told: number;
  /** Those that were not told one by one: how many, and the last of them. */
  held: number;
  last?: { readonly alert: AlertView; readonly notify: readonly string[] | undefined };
}

/**
 * Tells the notifiers, but nobody a thousand times: when a bridge fails, all its guests are unreachable at once, and
 * what comes after the twentieth message of a rule within a minute is told as one with a number.
 */
export class Teller {
  readonly #notifiers: Pick<Notifiers, 'deliver'>;
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(notifiers: Pick<Notifiers, 'deliver'>, clock: Clock) {
    this.#notifiers = notifiers;
    this.#clock = clock;
  }

  tell(alert: AlertView, stage: Stage, notify: readonly string[] | undefined): void {
    const now = this.#clock.monotonic();
    const key = `${stage} ${alert.rule}`;
    let current = this.#windows.get(key);
    if (!current || now - current.since >= window) {
      if (current) this.#tellHeld(current, stage);
      current = { since: now, told: 0, held: 0 };
      this.#windows.set(key, current);
    }
    if (current.told < mostSingle) {
      current.told++;
      this.#deliver(alert, stage, notify);
    } else {
      current.held++;
      current.last = { alert, notify };
    }
  }

  /** Tells what was held back, when its minute is over. */
  look(): void {
    const now = this.#clock.monotonic();
    for (const [key, current] of this.#windows) {
      if (now - current.since < window) continue;
      this.#windows.delete(key);
      this.#tellHeld(current, key.slice(0, key.lastIndexOf(' ')) as Stage);
    }
  }

  /** Tells what was held back, at once. */
  close(): void {
    for (const [key, current] of this.#windows) this.#tellHeld(current, key.slice(0, key.lastIndexOf(' ')) as Stage);
    this.#windows.clear();
  }

  #tellHeld({ held, last }: Window, stage: Stage): void {
    if (!last) return;
    const more = held > 1 ? `${held} more alerts of rule "${last.alert.rule}" within a minute, the last: ` : '';
    this.#deliver({ ...last.alert, text: more + last.alert.text }, stage, last.notify);
  }

  #deliver(alert: AlertView, stage: Stage, notify: readonly string[] | undefined): void {
    const at = this.#clock.now();
    void this.#notifiers.deliver({ alert, stage, at, ...(notify === undefined ? {} : { notify }) });
  }
}
