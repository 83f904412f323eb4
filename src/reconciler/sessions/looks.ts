import type { Driver } from '../../drivers/driver.ts';
import type { SessionFilter, SessionRecords } from '../../model/session-record.ts';
import { EventLoopTurn } from '../../registry/event-loop-turn.ts';
import { familyOf, fits } from '../../system/conntrack/entry-filter.ts';
import { type Look, stretch } from './choose-sessions.ts';

/** Milliseconds that everything that was read is answered from again: who watches looks again every second or two. */
const freshFor = 900;

/** Reads sessions from the driver. What all of them are is kept for a moment, so that many who watch cost one look. */
export class Looks {
  readonly #driver: Pick<Driver, 'sessions'>;
  readonly #now: () => number;
  #all: Look | undefined;

  constructor(driver: Pick<Driver, 'sessions'>, now: () => number) {
    this.#driver = driver;
    this.#now = now;
  }

  /** `filters`: as `planLooks` answers them. Each session is there once. */
  async take(filters: readonly SessionFilter[] | undefined): Promise<Look> {
    const [first, ...more] = filters ?? [];
    if (first === undefined) return this.#takeAll();
    const at = this.#now();
    const records = await this.#driver.sessions(first);
    const before = [first];
    for (const filter of more) {
      await this.#add(records, await this.#driver.sessions(filter), before);
      before.push(filter);
    }
    return { at, records };
  }

  /** Appends what the questions before have not found. */
  async #add(records: SessionRecords, answer: SessionRecords, before: readonly SessionFilter[]): Promise<void> {
    const turn = new EventLoopTurn();
    for (let index = 0; index < answer.length; index++) {
      if (index % stretch === 0) await turn.pause();
      if (!before.some((other) => fits(answer, index, other, familyOf(other)))) records.copy(answer, index);
    }
  }

  /** What was read is not so any more. */
  forget(): void {
    this.#all = undefined;
  }

  async #takeAll(): Promise<Look> {
    if (this.#all !== undefined && this.#now() - this.#all.at < freshFor) return this.#all;
    const at = this.#now();
    const look = { at, records: await this.#driver.sessions() };
    // Reading a large table takes a while; it is fresh when it has been read.
    this.#all = { ...look, at: this.#now() };
    setTimeout(() => {
      if (this.#all?.records === look.records) this.#all = undefined;
    }, freshFor).unref();
    return look;
  }
}
