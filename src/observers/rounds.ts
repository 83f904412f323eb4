import type { ObserverLog } from './observer.ts';

interface RoundOptions {
  /** Milliseconds from the end of a look to the begin of the next. */
  readonly every: number | (() => number);
  /** Milliseconds from the end of a look to the begin of the next at least, however often one is asked for. 0 unless given. */
  readonly least?: number | (() => number);
  readonly look: () => Promise<void> | void;
  /** What cannot be done while a look fails, as a sentence for the log. */
  readonly failing: string;
  readonly log: ObserverLog;
}

/**
 * Looks again and again, one look at a time. A look that fails is logged, once until one succeeds, and tried again.
 * Holds no process up: its timers do not count.
 */
export class Rounds {
  readonly #options: RoundOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Somebody asked for a look while one was under way. */
  #again = false;
  #failing = false;
  #closed = false;

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  /** The first look comes after `delay` ms. */
  start(delay = 0): void {
    this.#later(delay);
  }

  /** Looks as soon as it may, once more when a look is under way. */
  soon(): void {
    if (this.#looking !== undefined) this.#again = true;
    else this.#later(this.#wait());
  }

  /** No look begins any more, and none is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #later(delay: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, delay);
    this.#timer.unref();
  }

  #wait(): number {
    const { least = 0 } = this.#options;
    return Math.max(0, this.#lookedAt + (typeof least === 'number' ? least : least()) - performance.now());
  }

  async #look(): Promise<void> {
    const { every, look, failing, log } = this.#options;
    try {
      await look();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#closed) log.warn({ error }, `${failing}; it is tried again`);
      this.#failing = true;
    }
    this.#looking = undefined;
    this.#lookedAt = performance.now();
    this.#later(this.#again ? this.#wait() : typeof every === 'number' ? every : every());
    this.#again = false;
  }
}
