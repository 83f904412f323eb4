import type { JournalHead, JournalRecord } from '../../model/journal/journal-record.ts';
import type { ChainFault } from '../../model/journal/verify-chain.ts';
import type { EventEntries } from './event-entries.ts';

/** What of the journal is asked for. Everything that is given must fit. */
export interface AuditQuery {
  readonly kinds?: readonly string[];
  readonly who?: string;
  /** Owner whom an entry is about. */
  readonly owner?: string;
  /** At or after (ms since the epoch). */
  readonly since?: number;
  /** Before (ms since the epoch). */
  readonly until?: number;
  /** Part of the text, of what was or of what is; upper and lower case are one. A MAC address finds its pseudonyms. */
  readonly text?: string;
}

/** One entry of the journal, to be read. */
export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly who: string;
  readonly from: string;
  /** `(erased)` for an entry whose body was taken out. */
  readonly text: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly owners?: readonly string[];
  /** The body was taken out by an erasure or by retention. */
  readonly erased?: true;
  readonly hash: string;
}

/** Whether the journal is what was written. */
export interface AuditVerdict {
  readonly whole: boolean;
  /** Where it ends. */
  readonly head: JournalHead;
  readonly entries: number;
  /** What is not as it was written, in the order of the entries. */
  readonly faults: readonly ChainFault[];
  /** Faults beyond those that are listed. */
  readonly more: number;
}

/** The journal of a registry: append-only, each entry chained to the one before it. */
export interface AuditTrail {
  /** Entries that are about events. */
  readonly events: EventEntries;
  /** Newest first; with pseudonyms resolved where that is still possible. `below`: ids below it, the `next` before. */
  list(
    query: AuditQuery & { readonly below?: number; readonly limit: number },
  ): Promise<{ entries: AuditEntry[]; next?: number }>;
  /**
   * Oldest first and as stored, in batches: for exports. `clear` puts MAC addresses where pseudonyms are known; `after`:
   * ids above it.
   */
  records(
    query: AuditQuery,
    options: { readonly clear: boolean; readonly after?: number },
  ): AsyncIterable<readonly JournalRecord[]>;
  /**
   * Computes the whole chain anew and compares it with what is stored, with the sealed head, with the last head that
   * was noted outside of the database, and with `hash`, a head that somebody has kept.
   */
  verify(hash?: string): Promise<AuditVerdict>;
  /** Notes the head outside of the database, unless the journal was cut since it was noted before. */
  witness(): Promise<void>;
}
