import type { SessionLogStatus } from '../session-log/session-log.ts';

export type RecordingMode = 'full' | 'blocks' | 'off';

export interface RecorderOptions {
  readonly directory: string;
  readonly mode: RecordingMode;
  readonly keepDays: number;
  readonly mostBytes: number;
  /** A line for the journal of the registry: disk full, events lost, resynchronised, stopped. */
  readonly onEvent: (kind: string, text: string) => void;
}

export interface RecorderStatus {
  readonly mode: RecordingMode;
  readonly running: boolean;
  /** Since when without a gap (ms since the epoch). */
  readonly since?: number;
  readonly begun: number;
  readonly ended: number;
  /** Messages that the kernel could not hand over, and sessions that could not be written: never hidden. */
  readonly lostEvents: number;
  /** Times that the table was compared with what is known, after a loss or a restart, and what that found. */
  readonly resynchronised: number;
  readonly foundBegun: number;
  readonly foundEnded: number;
  readonly log?: SessionLogStatus;
  readonly lastError?: string;
}

/**
 * Records sessions on a thread of its own: what holds up the daemon does not hold up the log. A thread that ends by an
 * error is started again and the gap is noted.
 */
export interface Recorder {
  configure(options: Pick<RecorderOptions, 'mode' | 'keepDays' | 'mostBytes'>): Promise<void>;
  status(): Promise<RecorderStatus>;
  /** Resolves when everything that the kernel has told so far is in the files, for a reader. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
