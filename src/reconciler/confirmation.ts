import { AppError } from '../errors/app-error.ts';
import type { Revision } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from './engine-parts.ts';

/** setTimeout takes at most 2^31 - 1 ms; a wake-up before the deadline only looks at the clock and waits again. */
const longestWait = 60_000;
const retryAfter = 2_000;

/** Waits for `confirm` and calls `rollBack` when it did not come in time. */
export class Confirmation {
  readonly #clock: Clock;
  readonly #rollBack: (revision: number) => Promise<void>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  /**
   * What is waited for, and until when by the clock that is never set: a machine whose time goes back by an hour must
   * not lock its user out for an hour.
   */
  #pending: { readonly revision: number; readonly due: number } | undefined;

  constructor(clock: Clock, log: Log, rollBack: (revision: number) => Promise<void>) {
    this.#clock = clock;
    this.#log = log;
    this.#rollBack = rollBack;
  }

  /** From now on it is this revision that waits, if it waits at all. */
  watch(head: Revision | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (head?.confirmBy === undefined) {
      this.#pending = undefined;
      return;
    }
    if (this.#pending?.revision !== head.number) {
      const left = Math.min(head.confirmBy - this.#clock.now(), head.confirmBy - head.at);
      this.#pending = { revision: head.number, due: this.#clock.monotonic() + left };
    }
    this.#wait(this.#pending);
  }

  /** Throws `confirmation-pending`: a change on top of an unconfirmed one could not be rolled back cleanly. */
  refuseWhilePending(head: Revision | undefined): void {
    if (head?.confirmBy === undefined) return;
    const due = this.#pending?.due ?? 0;
    const seconds = Math.max(0, Math.ceil((due - this.#clock.monotonic()) / 1000));
    throw new AppError(
      'confirmation-pending',
      `revision ${head.number} waits to be confirmed and rolls back by itself in ${seconds} s`,
    );
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(pending: { readonly revision: number; readonly due: number }): void {
    const left = pending.due - this.#clock.monotonic();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#wait(pending), Math.min(Math.ceil(left), longestWait));
      return;
    }
    this.#rollBack(pending.revision).catch((error: unknown) => {
      this.#log.error({ error }, `the unconfirmed revision could not be rolled back; next try in ${retryAfter} ms`);
      this.#timer = setTimeout(() => this.#wait(pending), retryAfter);
    });
  }
}

/** A revision as it is when it was confirmed. Throws `nothing-to-confirm` for one that does not wait for that. */
export function confirmed(head: Revision | undefined): Revision {
  if (head?.confirmBy === undefined) {
    throw new AppError('nothing-to-confirm', 'no change waits to be confirmed');
  }
  const { confirmBy: _, fallback: __, ...rest } = head;
  return rest;
}
