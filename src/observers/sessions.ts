import type { Observer } from '../events/contract.ts';
import { defaultAlertRules } from '../model/default-alert-rules.ts';
import type { DesiredState } from '../model/desired-state.ts';
import { countSessions, GuestAddresses } from './count-sessions.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderShare } from './words.ts';

const lookEvery = 10_000;
/** Reading the whole table is a small part of the time, however large it is. */
const restFactor = 50;
const atMost = 60_000;
/** Share of a limit from which on sessions are counted one by one, if no rule asks for less. */
const countFrom = 0.5;

/**
 * How many sessions guests have open. The kernel says at no cost how many there are in all; while even those are far
 * from every limit, nobody's sessions are counted one by one.
 */
export class SessionObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  #took = 0;
  #addresses: GuestAddresses | undefined;
  /** Guests that were given a reading the last time: they get another one when they have no sessions any more. */
  #told = new Set<string>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#rounds = new Rounds({
      every: () => Math.min(atMost, Math.max(lookEvery, this.#took * restFactor)),
      look: () => this.look(),
      failing: "guests' sessions cannot be counted",
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async look(): Promise<void> {
    this.#took = 0;
    const desired = this.#parts.desired();
    const { count, max } = this.#parts.driver.sessionTable();
    if (desired === null || max <= 0) return;
    if (this.#addresses?.of !== desired) this.#addresses = new GuestAddresses(desired);
    const { least } = this.#addresses;
    if (count < this.#countFrom() * Math.min(least, desired.limits.sessions)) this.#giveBounds(desired, count);
    else await this.#count(desired, this.#addresses);
  }

  /** Nobody can be over a limit that all sessions together do not reach. */
  #giveBounds(desired: DesiredState, count: number): void {
    const { sessions, sessionsPerGuest } = desired.limits;
    this.#give(undefined, count / sessions, `at most ${renderShare(count, sessions, 'sessions')}`);
    for (const guest of this.#told) {
      this.#give(guest, count / sessionsPerGuest, `at most ${renderShare(count, sessionsPerGuest, 'sessions')}`);
    }
    this.#told.clear();
  }

  async #count(desired: DesiredState, addresses: GuestAddresses): Promise<void> {
    const started = this.#parts.clock.monotonic();
    const { all, guests } = await countSessions(await this.#parts.driver.sessions(), addresses);
    this.#took = this.#parts.clock.monotonic() - started;
    const { sessions } = desired.limits;
    this.#give(undefined, all / sessions, renderShare(all, sessions, 'sessions'));
    const told = new Set(guests.keys());
    for (const guest of this.#told) if (!told.has(guest)) this.#give(guest, 0, 'no sessions');
    for (const [guest, { open, limit }] of guests) {
      this.#give(guest, open / limit, renderShare(open, limit, 'sessions'));
    }
    this.#told = told;
  }

  #give(guest: string | undefined, value: number, seen: string): void {
    const { readings, subjects, clock } = this.#parts;
    const at = clock.now();
    if (guest === undefined) readings.read({ condition: 'sessions', subject: {}, value, at, seen });
    else readings.read({ condition: 'guest-sessions', subject: subjects.byGuest(guest), value, at, seen });
  }

  #countFrom(): number {
    const rules = this.#parts.site()?.alerts?.rules ?? defaultAlertRules;
    const asked = rules.flatMap(({ when, above }) =>
      when === 'sessions' || when === 'guest-sessions' ? (above ?? []) : [],
    );
    return Math.min(countFrom, ...asked);
  }
}
