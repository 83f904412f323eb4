import type { SessionLogSettings } from '../../model/session-log-schema.ts';
import type { SessionLogStatus } from '../session-log/session-log.ts';

type RecordingMode = SessionLogSettings['mode'];

/** Whose sessions are recorded, as plain text: subnets and addresses of both families. */
export interface RecordedSite {
  /** Subnets that guests have inner addresses of. */
  readonly guests: readonly string[];
  /** What in them, and besides, is the host itself: gateways and shared addresses. */
  readonly host: readonly string[];
}

export interface RecorderOptions {
  /** STATE/sessions. */
  readonly directory: string;
  /** Something to be known: disk full, events lost, resynchronised, stopped. Many about the same come as one. */
  readonly onEvent: (about: string, text: string) => void;
}

export interface RecorderSettings {
  readonly mode: RecordingMode;
  readonly keepDays: number;
  readonly mostBytes: number;
  /** Absent: there is no gateway, so there are no sessions. */
  readonly site?: RecordedSite;
}

export interface RecorderStatus {
  readonly mode: RecordingMode;
  /** Sessions are being recorded just now. */
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
 * error is started again and the gap is noted. Nothing is recorded before `configure`. Times in another mode than
 * `full` are gaps of the log (`SessionReader.gaps`), also while they last.
 */
export interface Recorder {
  /** Resolves when it is so; a log that cannot be opened is told by `status` and `onEvent`, never thrown. */
  configure(settings: RecorderSettings): Promise<void>;
  status(): Promise<RecorderStatus>;
  /** Resolves when everything that the kernel has told so far is in the files, for a reader. */
  flush(): Promise<void>;
  /** Flushes and lets go of the files. */
  close(): Promise<void>;
}
