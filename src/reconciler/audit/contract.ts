import type { AuditEntry, AuditQuery, AuditVerdict } from '../../registry/journal/audit-trail.ts';

export type { AuditEntry, AuditQuery, AuditVerdict };

/** `jsonl`: JSON Lines, which `audit verify FILE` can check. `csv`: RFC 4180. `cef`: ArcSight's Common Event Format, version 0. */
export type AuditFormat = 'jsonl' | 'csv' | 'cef';

/** What of the journal is asked for: kinds, who, owner, a stretch of time, a text. Conditions that are absent let everything through. */
export interface AuditPage {
  /** Newest first. */
  readonly entries: AuditEntry[];
  /** `below` of the page that follows; absent on the last one. */
  readonly next?: number;
}

/** The journal: who did what, from where, and what was and is. Every method rejects with an AppError. */
export interface Audit {
  /** MAC addresses are in clear as long as their pseudonyms may be resolved. `limit` is 1 to 10,000. */
  list(query: AuditQuery & { readonly below?: number; readonly limit: number }): Promise<AuditPage>;
  /** Whether every entry is what was written, none is missing and none was put in. `hash`: a head that was kept elsewhere. */
  verify(hash?: string): Promise<AuditVerdict>;
  /**
   * Entries as text, oldest first, in pieces of some hundred kilobytes: memory holds one of them. With pseudonyms for
   * MAC addresses unless `clear`.
   */
  export(query: AuditQuery, options: { readonly format: AuditFormat; readonly clear: boolean }): AsyncIterable<string>;
}
