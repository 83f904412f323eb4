import type { JournalRecord } from '../../model/journal/journal-record.ts';
import type { SyslogEntry, syslogSeverities } from './syslog-format.ts';

/** Kinds that somebody should look at; everything else is `info`. */
const severities: Readonly<Record<string, keyof typeof syslogSeverities>> = {
  'journal-broken': 'critical',
  conflict: 'warning',
  violation: 'warning',
  drift: 'warning',
  clock: 'warning',
  alert: 'notice',
  erase: 'notice',
  'forget-period': 'notice',
  rollback: 'notice',
  isolation: 'notice',
};

/**
 * An entry of the journal for syslog: everything that its hash is made of, so that the chain can be checked where it
 * arrives, and its text. What was and what is stays in the journal, which the hash leads to.
 */
export function auditEntry(
  { id, at, kind, who, origin, owners, digest, previous, hash, text }: JournalRecord,
  host: string,
): SyslogEntry {
  return {
    facility: 'audit',
    severity: severities[kind] ?? 'info',
    at,
    host,
    type: kind,
    element: 'journal',
    values: { id, kind, who, from: origin, owners: ownersOf(owners), hash, digest, previous },
    text: text ?? '(erased)',
  };
}

function ownersOf(json: string | null): string | undefined {
  return json === null ? undefined : (JSON.parse(json) as string[]).join(',');
}
