import { AppError } from '../errors/app-error.ts';
import type { Revision } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from './engine.ts';

/** setTimeout takes at most 2^31 - 1 ms; a wake-up before the deadline only looks at the clock and waits again. */
const longestWait = 60_000;
const retryAfter = 2_000;

/** Waits for `confirm` and calls `rollBack` when it did not come in time. */
export class Confirmation {
  readonly #clock: Clock;
  readonly #rollBack: () => Promise<void>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, log: Log, rollBack: () => Promise<void>) {
    this.#clock = clock;
    this.#log = log;
    this.#rollBack = rollBack;
  }

  /** From now on it is this revision that waits, if it waits at all. */
  watch(head: Revision | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const deadline = head?.confirmBy;
    if (deadline === undefined) return;
    const wait = Math.min(Math.max(deadline - this.#clock.now(), 0), longestWait);
    this.#timer = setTimeout(() => this.#due(head, deadline), wait);
  }

  /** Throws `confirmation-pending`: a change on top of an unconfirmed one could not be rolled back cleanly. */
  refuseWhilePending(head: Revision | undefined): void {
    if (head?.confirmBy === undefined) return;
    const seconds = Math.max(0, Math.ceil((head.confirmBy - this.#clock.now()) / 1000));
    throw new AppError(
      'confirmation-pending',
      `revision ${head.number} waits to be confirmed and rolls back by itself in ${seconds} s`,
    );
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #due(head: Revision | undefined, deadline: number): void {
    if (this.#clock.now() < deadline) {
      this.watch(head);
      return;
    }
    this.#rollBack().catch((error: unknown) => {
      this.#log.error({ error }, `the unconfirmed revision could not be rolled back; next try in ${retryAfter} ms`);
      this.#timer = setTimeout(() => this.#due(head, deadline), retryAfter);
    });
  }
}
