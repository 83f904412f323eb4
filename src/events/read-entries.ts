import { type BridgekeeperEvent, type EventKind, type EventSubject, eventKinds, severities } from '../model/event.ts';
import type { AuditEntry } from '../registry/journal/audit-trail.ts';
import { itself } from '../registry/journal/journal.ts';

/** `after` of an entry, as `entryOfEpisode` writes it. */
interface Written {
  readonly event?: Partial<BridgekeeperEvent>;
  readonly of?: number;
}

const texts = ['detail', 'seen', 'expected', 'done'] as const;

/** Id of the event that an entry goes on with; undefined for one that begins an event. */
export function eventIdOf({ after }: AuditEntry): number | undefined {
  return (after as Written | undefined)?.of;
}

/**
 * The event that an entry begins, with the last that was written of it. Undefined for an entry that is not as we write
 * it: what somebody altered is for `audit verify` to tell, and must not keep the others from being shown.
 */
export function eventOfEntry(begun: AuditEntry, latest?: AuditEntry): BridgekeeperEvent | undefined {
  const written = (begun.after as Written | undefined)?.event;
  if (written === undefined || written === null || typeof written !== 'object' || !(begun.kind in eventKinds)) return;
  const event = { ...written, ...(latest?.after as Partial<BridgekeeperEvent> | undefined) };
  const { severity = 'info', count = 1, last = begun.at, state = 'once', text = begun.text } = event;
  if (!severities.includes(severity) || !Number.isFinite(count) || !Number.isFinite(last)) return;
  const more = texts.flatMap((name) => (typeof event[name] === 'string' ? [[name, event[name]]] : []));
  return {
    id: begun.id,
    at: begun.at,
    last,
    kind: begun.kind as EventKind,
    severity,
    subject: Object(event.subject) as EventSubject,
    text,
    ...Object.fromEntries(more),
    count,
    state,
    ...(begun.who === itself.who ? {} : { who: begun.who, from: begun.from }),
  };
}
