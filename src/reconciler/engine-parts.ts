import type { Driver } from '../drivers/driver.ts';
import type { StartedStream } from '../events/event-stream.ts';
import type { Recorder } from '../observers/recorder/recorder.ts';
import type { SessionReader } from '../observers/session-log/session-log.ts';
import type { Registry } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';

export interface EngineParts {
  readonly registry: Registry;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Makes sure that an unconfirmed revision is rolled back at `deadline` (ms since the epoch) even if this process is
   * gone by then.
   */
  readonly guardConfirmation?: (deadline: number) => void;
  /** Records sessions; told of every change what to record. */
  readonly recorder?: Recorder;
  /** Finds what was recorded. */
  readonly sessionReader?: SessionReader;
  /** What was noticed; one of its own unless given. It is closed with the engine. */
  readonly events?: StartedStream;
  /** Told after every change how many objects it was about. */
  readonly onChange?: (objects: number) => void;
  /** Told after every change of the site how many seconds it took, and whether it was made. */
  readonly onApplied?: (seconds: number, result: 'done' | 'failed') => void;
}

export interface Log {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}
