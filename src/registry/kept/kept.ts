import type { JournalInput } from '../journal/journal.ts';

/** Kinds of small things that must outlive the daemon and are read as a whole when it starts. */
export type KeptKind = 'alert' | 'silence' | 'isolation' | 'message' | 'cursor' | AccessKind;

/** Who may come in, and answers that a repeated request gets again. */
export type AccessKind = 'account' | 'token' | 'certificate' | 'login' | 'answer';

export interface KeptItem<Body = unknown> {
  /** Unique within its kind. */
  readonly id: string;
  /** What JSON can hold. */
  readonly body: Body;
}

/** What of one kind becomes different. Removing what is not there is no mistake. */
export interface KeptChange {
  readonly put?: readonly KeptItem[];
  readonly remove?: readonly string[];
}

/** Small things by kind and id. Rejects with `registry-failed`, and has changed nothing then. */
export interface Kept {
  /** In the order in which they were first put. */
  load<Body>(kind: KeptKind): Promise<KeptItem<Body>[]>;
  /** The body of one; undefined for one that is not there. */
  one<Body>(kind: KeptKind, id: string): Promise<Body | undefined>;
  /** Puts and removes in one durable transaction, with what the journal shall say. */
  change(kind: KeptKind, change: KeptChange, journal?: readonly JournalInput[]): Promise<void>;
}
