import type { OnEnded } from './shown.ts';

/** Tells everybody who has something open for a proof that it counts no more. */
export class Ended {
  readonly #listeners = new Set<OnEnded>();

  /** To be handed to whoever ends proofs. */
  readonly tell: OnEnded = (id) => {
    for (const listener of this.#listeners) listener(id);
  };

  listen(listener: OnEnded): void {
    this.#listeners.add(listener);
  }
}
