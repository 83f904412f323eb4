import { defaultPrivacy, defaultRetention } from '../../model/retention-schema.ts';
import type { Site } from '../../model/site.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Log } from '../engine-parts.ts';

const day = 86_400_000;
/** After the start, when the host has been mended and requests are answered. */
const firstRun = 60_000;
/** How often the head of the journal is noted outside of the database. */
const witnessEvery = 60_000;

export interface UpkeepParts {
  readonly registry: Pick<Registry, 'audit' | 'privacy'>;
  readonly log: Log;
  now(): number;
  site(): Site | undefined;
}

/** Applies retention soon after the start and once a day, and notes the head of the journal every minute. */
export class UpkeepRuns {
  readonly #parts: UpkeepParts;
  #timers: NodeJS.Timeout[] = [];
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  start(): void {
    const first = setTimeout(() => this.#soon(() => this.#upkeep()), firstRun);
    const daily = setInterval(() => this.#soon(() => this.#upkeep()), day);
    const witness = setInterval(() => this.#soon(() => this.#parts.registry.audit.witness()), witnessEvery);
    this.#timers = [first, daily, witness];
    for (const timer of this.#timers) timer.unref();
  }

  /** Waits for what is under way; the end of the journal is noted once more. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#soon(() => this.#parts.registry.audit.witness());
    await this.#underWay;
  }

  #soon(work: () => Promise<unknown>): void {
    this.#underWay = this.#underWay
      .then(work)
      .then(() => undefined)
      .catch((error: unknown) => this.#parts.log.error({ error }, 'retention or the note of the journal failed'));
  }

  async #upkeep(): Promise<void> {
    const site = this.#parts.site();
    const report = await this.#parts.registry.privacy.upkeep({
      privacy: site?.privacy ?? defaultPrivacy,
      retention: site?.retention ?? defaultRetention,
      now: this.#parts.now(),
    });
    this.#parts.log.info({ ...report }, 'retention was applied');
  }
}
