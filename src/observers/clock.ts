import { uptime } from 'node:os';
import type { Observer } from '../events/contract.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

const lookEvery = 1_000;
/** Milliseconds; what NTP corrects in small steps between two looks is far less. */
const jump = 1_000;
/** Milliseconds that a reading of all clocks may take: one that took longer was interrupted, and is taken again. */
const quick = 50;
/** Milliseconds that a jump is told as lasting, so that rules notice it. */
const quietAfter = 60_000;

interface Times {
  readonly wall: number;
  /** Stands still while the host sleeps. */
  readonly monotonic: number;
  /** Goes on while the host sleeps. */
  readonly boot: number;
}

const seconds = (milliseconds: number): string => `${Math.round(Math.abs(milliseconds) / 100) / 10} s`;
const instant = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Compares the clock with those that only go on: it jumps when somebody sets it, or when the host has slept. */
export class ClockObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #bootTime: () => number;
  readonly #rounds: Rounds;
  #before: Times | undefined;

  /** `bootTime`: seconds since the host was started, its sleep included. */
  constructor(parts: ObserverParts, bootTime: () => number = uptime) {
    this.#parts = parts;
    this.#bootTime = bootTime;
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'the clocks cannot be read',
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  look(): void {
    const now = this.#read();
    const before = this.#before;
    if (now === undefined) return;
    this.#before = now;
    if (before === undefined) return;
    const elapsed = now.monotonic - before.monotonic;
    const slept = now.boot - before.boot - elapsed;
    if (slept > jump) this.#tell('suspend', now.wall - slept, now, `the host slept for ${seconds(slept)}`);
    const awake = elapsed + (slept > jump ? slept : 0);
    const by = now.wall - before.wall - awake;
    if (Math.abs(by) <= jump) return;
    const way = by > 0 ? 'forward' : 'back';
    this.#tell(way, before.wall + awake, now, `the clock was set ${way} by ${seconds(by)}`);
  }

  #tell(detail: string, expected: number, { wall }: Times, what: string): void {
    const text = `${what}: from ${instant(expected)} to ${instant(wall)}`;
    this.#parts.log.warn({ from: instant(expected), to: instant(wall) }, text);
    this.#parts.events.publish({
      kind: 'clock',
      severity: 'warning',
      subject: {},
      detail,
      text,
      seen: instant(wall),
      expected: instant(expected),
      at: wall,
      lasts: { quietAfter },
    });
  }

  /** Undefined when it was interrupted three times. */
  #read(): Times | undefined {
    const { clock } = this.#parts;
    for (let tries = 0; tries < 3; tries++) {
      const monotonic = clock.monotonic();
      const times = { wall: clock.now(), monotonic, boot: this.#bootTime() * 1000 };
      if (clock.monotonic() - monotonic <= quick) return times;
    }
    return undefined;
  }
}
