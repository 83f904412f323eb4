import type { Observer } from '../events/contract.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderShare } from './words.ts';

const lookEvery = 15_000;

/** How full a pool is, as far as it can be drawn from. */
export interface PoolFillReading {
  readonly pool: string;
  readonly used: number;
  readonly drawable: number;
}

/** How full MAC pools are. The registry is asked by whoever may: observers know none. */
export class PoolFillObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #fills: () => Promise<readonly PoolFillReading[]>;
  readonly #rounds: Rounds;

  constructor(parts: ObserverParts, fills: () => Promise<readonly PoolFillReading[]>) {
    this.#parts = parts;
    this.#fills = fills;
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'how full MAC pools are cannot be counted',
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
    for (const { pool, used, drawable } of await this.#fills()) {
      this.#parts.readings.read({
        condition: 'pool-fill',
        subject: { pool },
        value: drawable === 0 ? 1 : used / drawable,
        at: this.#parts.clock.now(),
        seen: renderShare(used, drawable, 'addresses'),
      });
    }
  }
}
