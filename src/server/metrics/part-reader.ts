import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricPart } from './definitions.ts';
import type { Samples } from './samples.ts';

/** Where the figures of one part come from. */
export interface PartSource {
  readonly part: MetricPart;
  /** Milliseconds that a look is good for. */
  readonly freshFor: number;
  /** Rejects when it cannot be read now. */
  collect(): Promise<Samples>;
}

export interface PartLog {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
}

/** How a part stands. Ages and durations are seconds. */
export interface PartState {
  readonly part: MetricPart;
  /** Absent when nothing could be read, or only too long ago. */
  readonly samples?: Samples;
  readonly success: boolean;
  readonly age?: number;
  readonly duration?: number;
}

/** Milliseconds to wait for the first look, and for a newer one where there is one already. */
const firstPatience = 5_000;
const patience = 250;
/** Milliseconds after which figures are no longer shown: rather none than old ones. */
const tooOld = 60_000;

/**
 * Reads one part when it is asked for, one look at a time. A look that takes long holds nobody up: the last one is
 * shown meanwhile, with its age.
 */
export class PartReader {
  readonly #source: PartSource;
  readonly #log: PartLog;
  #latest: { samples: Samples; at: number; duration: number } | undefined;
  #running: Promise<void> | undefined;
  #failing = false;

  constructor(source: PartSource, log: PartLog) {
    this.#source = source;
    this.#log = log;
  }

  /** Never rejects. */
  async read(): Promise<PartState> {
    if (this.#latest === undefined || performance.now() - this.#latest.at > this.#source.freshFor) {
      this.#running ??= this.#look();
      const giveUp = new AbortController();
      const wait = sleep(this.#latest === undefined ? firstPatience : patience, undefined, { signal: giveUp.signal });
      await Promise.race([this.#running, wait.catch(() => {})]);
      giveUp.abort();
    }
    const { part } = this.#source;
    const latest = this.#latest;
    const age = latest === undefined ? 0 : performance.now() - latest.at;
    if (latest === undefined || age > tooOld) return { part, success: false };
    const { samples, duration } = latest;
    return { part, samples, success: !this.#failing, age: age / 1000, duration: duration / 1000 };
  }

  async #look(): Promise<void> {
    const begun = performance.now();
    try {
      const samples = await this.#source.collect();
      const at = performance.now();
      this.#latest = { samples, at, duration: at - begun };
      if (this.#failing) this.#log.info({ part: this.#source.part }, 'figures for the metrics can be read again');
      this.#failing = false;
    } catch (error) {
      this.#latest = undefined;
      if (!this.#failing)
        this.#log.warn({ err: error, part: this.#source.part }, 'figures for the metrics cannot be read');
      this.#failing = true;
    } finally {
      this.#running = undefined;
    }
  }
}
