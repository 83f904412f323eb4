import type { Observer } from '../events/contract.ts';
import { Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import type { Recorder, RecorderStatus } from './recorder/recorder.ts';
import { Rounds } from './rounds.ts';

const lookEvery = 2_000;
const notRecorded = 'not-recorded';

/**
 * That sessions are not recorded although the site wants them to be: for as long as it is so, however long that is. What
 * was lost once is told by the recorder itself.
 */
export class RecordingObserver implements Observer {
  readonly #recorder: Pick<Recorder, 'status'>;
  readonly #rounds: Rounds;
  readonly #lasting: Lasting;

  constructor(parts: ObserverParts, recorder: Pick<Recorder, 'status'>) {
    this.#recorder = recorder;
    this.#lasting = new Lasting(parts);
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'whether sessions are recorded cannot be seen',
      log: parts.log,
    });
  }

  start(): void {
    this.#lasting.adopt('session-log', ({ detail }) => (detail === notRecorded ? notRecorded : undefined));
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async look(): Promise<void> {
    const trouble = troubleOf(await this.#recorder.status());
    if (trouble === undefined) this.#lasting.over(notRecorded, 'sessions are recorded again');
    else
      this.#lasting.begin(notRecorded, {
        kind: 'session-log',
        severity: 'critical',
        subject: { service: 'recorder' },
        detail: notRecorded,
        text: `sessions are not recorded: ${trouble}`,
        expected: 'every session in the log',
      });
  }
}

/** Why nothing is recorded that should be. A thread that has not begun yet is no trouble so far. */
function troubleOf({ mode, running, lastError, log }: RecorderStatus): string | undefined {
  if (mode !== 'full') return undefined;
  if (!running) return lastError;
  return log?.lastError === undefined ? undefined : `the log cannot be written: ${log.lastError}`;
}
