import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work after which a long piece of work lets others go first. */
const longTurn = 8;

/** Cuts long work on the event loop into turns: call `pause` wherever the work may be interrupted. */
export class EventLoopTurn {
  #since = performance.now();

  async pause(): Promise<void> {
    if (performance.now() - this.#since < longTurn) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
