import type { SessionRecords } from '../../model/session-record.ts';

/** Where something went wrong with the log that its user must know; never an exception on the way of sessions. */
export interface LogEvent {
  /** `full`: old days were removed to make room. `lost`: sessions could not be written. `damaged`: a file was unreadable. */
  readonly kind: 'full' | 'lost' | 'damaged' | 'expired' | 'mended';
  readonly text: string;
  readonly at: number;
}

export interface SessionLogOptions {
  /** STATE/sessions. One file a day (UTC): `2026-11-22.sessions`, and what is not packed yet in `journal-N`. */
  readonly directory: string;
  /** Days after which a day is removed. */
  readonly keepDays: number;
  /** Bytes that all files may have together. */
  readonly mostBytes: number;
  /** Bytes that stay free on the disk whatever is allowed. */
  readonly leaveFree: number;
  readonly now: () => number;
  readonly onEvent: (event: LogEvent) => void;
  /** So many sessions were packed and are no longer in memory. */
  readonly onPacked?: (sessions: number) => void;
}

export interface SessionLogStatus {
  readonly bytes: number;
  /** Sessions written (ends), ever since the log was opened. */
  readonly written: number;
  /** Sessions that were begun and not ended, as the log knows them. */
  readonly open: number;
  /** Sessions that could not be written because the disk was full, slow or broken. */
  readonly lost: number;
  readonly oldestDay?: string;
  /** Why it cannot be written just now. */
  readonly lastError?: string;
}

/**
 * Writer of the log: one process, one writer. It never waits for the disk while it takes sessions, never throws for
 * the disk's sake, and holds a bounded amount of memory: what cannot be written is counted as lost. What was begun or
 * ended `flush` before a kill -9 is there after it.
 */
export interface SessionLog {
  /** Sessions that began. One that is there already (same id, protocol, tuple) is left as it is. */
  begin(records: SessionRecords): void;
  /** Sessions that ended, with all that is known of them; those that never began here are written as well. */
  end(records: SessionRecords): void;
  /** Those that began and did not end, as copies. */
  open(): SessionRecords;
  /** When an earlier writer handed over last (ms since the epoch); undefined in a new log. What came after it is a gap. */
  lastHandedOver(): number | undefined;
  /** Notes that sessions may have begun and ended unseen between two moments. */
  gap(from: number, to: number, why: string): void;
  /** Resolves when everything so far has been handed to the operating system; called once a second by the recorder. */
  flush(): Promise<void>;
  status(): SessionLogStatus;
  configure(options: Pick<SessionLogOptions, 'keepDays' | 'mostBytes'>): void;
  close(): Promise<void>;
}

/** Any end of the session (`End`) has this address and port. Conditions that are absent let everything through. */
export interface SessionMatch {
  /** Milliseconds since the epoch, both included: sessions that were open at some moment between them. */
  readonly from: number;
  readonly to: number;
  readonly protocol?: number;
  readonly address?: Uint8Array;
  readonly port?: number;
  /** Another end has this address (and port). */
  readonly peer?: { readonly address: Uint8Array; readonly port?: number };
}

export interface FoundInLog {
  readonly sessions: SessionRecords;
  /** There were more. */
  readonly truncated: boolean;
  /** Something that might have held more could not be read. */
  readonly damaged: boolean;
}

/**
 * Reader of the log; any number of them, in any process, also while it is written. What the writer holds in memory is
 * read from its journal files, so that the answer is at most a second old.
 */
export interface SessionReader {
  /** At most `limit` sessions, in the order of their begin. */
  find(match: SessionMatch, limit: number): Promise<FoundInLog>;
  /** The same for many, from one look at the files; quickest in the order of time. Answers in their order. */
  findMany(matches: readonly SessionMatch[], limit: number): Promise<FoundInLog[]>;
  /** Stretches of time between the two in which nothing was recorded: as the recorder noted them (`gap`), and since it was heard of last. */
  gaps(from: number, to: number): Promise<{ from: number; to: number; why: string }[]>;
  close(): Promise<void>;
}
