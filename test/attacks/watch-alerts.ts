import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import type { AlertView } from '../../src/reconciler/alerts/contract.ts';
import type { Attack } from './attack.ts';

export interface AlertOutcome {
  /** Alerts about the attacker's port, by rule, in the order in which they fired. */
  readonly rules: readonly string[];
  /** Milliseconds from the attack's first frame until the API showed the first of them, or the event. */
  readonly after?: number;
  /** What it says. */
  readonly text?: string;
  /** Alerts that name somebody else's port or guest. */
  readonly others: readonly string[];
}

/** The attack that alerts are to be told of. */
interface Suspect {
  /** When its first frame was sent (ms since the epoch, by the kernel). */
  readonly first: number;
  readonly within: number;
  readonly guest: string;
  readonly port: string;
  readonly expected: Attack['alert'];
}

const POLL_MS = 50;
/** How long is waited for an alert that is late, to say how late it was. */
const LATE_MS = 4_000;

/** Notes when alerts show up in the API; those that are there already are none of ours. */
export class AlertWatch {
  readonly #client: Client;
  readonly #before = new Set<number>();
  readonly #seen = new Map<number, { at: number; alert: AlertView }>();
  #closed = false;
  #done: Promise<void> = Promise.resolve();

  private constructor(client: Client) {
    this.#client = client;
  }

  static async start(client: Client): Promise<AlertWatch> {
    const watch = new AlertWatch(client);
    for (const { id } of await client.alerts.list()) watch.#before.add(id);
    watch.#done = watch.#poll();
    return watch;
  }

  async #poll(): Promise<void> {
    while (!this.#closed) {
      const alerts = await this.#client.alerts.list();
      const at = Date.now();
      for (const alert of alerts) {
        if (alert.state === 'pending' || this.#before.has(alert.id) || this.#seen.has(alert.id)) continue;
        this.#seen.set(alert.id, { at, alert });
      }
      await sleep(POLL_MS);
    }
  }

  #of({ guest, port }: Suspect): { at: number; alert: AlertView }[] {
    return [...this.#seen.values()].filter(
      ({ alert: { subject } }) => subject.port === port || subject.guest === guest,
    );
  }

  /** When the event shows up that says that a limit held the guest back, and what it says. */
  async #limitEvent({ guest, first, within }: Suspect): Promise<{ at: number; text: string } | undefined> {
    while (Date.now() < first + within + LATE_MS) {
      const { events } = await this.#client.events.list({ kinds: ['limit'], guest });
      const event = events.find(({ last }) => last >= first);
      if (event) return { at: Date.now(), text: event.text };
      await sleep(POLL_MS);
    }
    return undefined;
  }

  /** Waits for the alert where one is expected, as long as it may take and a little longer. */
  async outcome(suspect: Suspect): Promise<AlertOutcome> {
    const end = suspect.first + suspect.within + LATE_MS;
    const event = suspect.expected === 'limit-event' ? await this.#limitEvent(suspect) : undefined;
    const isAlert = suspect.expected === 'violation' || suspect.expected === 'storm';
    while (isAlert && this.#of(suspect).length === 0 && Date.now() < end) await sleep(POLL_MS);
    const own = this.#of(suspect);
    const others = [...this.#seen.values()].filter(
      (seen) => !own.includes(seen) && (seen.alert.subject.port ?? seen.alert.subject.guest) !== undefined,
    );
    const [first] = own;
    const told = event ?? (first && { at: first.at, text: first.alert.text });
    return {
      rules: own.map(({ alert }) => alert.rule),
      ...(told ? { after: told.at - suspect.first, text: told.text } : {}),
      others: others.map(({ alert }) => `${alert.rule}: ${alert.subject.port ?? alert.subject.guest}`),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#done;
  }
}
