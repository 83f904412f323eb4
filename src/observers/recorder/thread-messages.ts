import type { RecordedSite, RecorderStatus } from './recorder.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly directory: string;
  readonly settings: ThreadSettings;
  /** Why nothing was recorded since the log was written last. */
  readonly why: string;
  /** Bytes of messages that may wait in the kernel. */
  readonly receiveBuffer: number;
}

export interface ThreadSettings {
  readonly keepDays: number;
  readonly mostBytes: number;
  readonly site: RecordedSite;
}

export type ThreadStatus = Omit<RecorderStatus, 'mode' | 'running' | 'lastError'>;

/** Each is answered by one `done` of the same number, when it is so. */
export type ThreadRequest =
  | { readonly ask: 'configure'; readonly settings: ThreadSettings }
  | { readonly ask: 'status' | 'flush' | 'close' };

export type ThreadMessage =
  /** Files of the process that are to be closed when the thread has ended: the runtime knows nothing of them. */
  | { readonly tell: 'opened'; readonly descriptors: readonly number[] }
  /** Sessions are recorded from now on. */
  | { readonly tell: 'recording' }
  | { readonly tell: 'event'; readonly about: string; readonly text: string }
  | { readonly tell: 'done'; readonly number: number; readonly status: ThreadStatus };
