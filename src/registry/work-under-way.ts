import { AppError } from '../errors/app-error.ts';
import type { Store } from './sql-registry.ts';

/** What a store is asked to do: told in its own words when it fails, and waited for before the store is closed. */
export class WorkUnderWay {
  readonly #store: Pick<Store, 'explain'>;
  readonly #underWay = new Set<Promise<unknown>>();
  #over = false;

  constructor(store: Pick<Store, 'explain'>) {
    this.#store = store;
  }

  /** Rejects with what the store says of the failure; with `registry-failed` once `finish` was called. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#over) throw new AppError('registry-failed', 'the registry is closed');
    const result = work();
    this.#underWay.add(result);
    try {
      return await result;
    } catch (error) {
      throw this.#store.explain(error);
    } finally {
      this.#underWay.delete(result);
    }
  }

  /** Takes nothing new and waits for what has begun. */
  async finish(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#underWay);
  }
}
