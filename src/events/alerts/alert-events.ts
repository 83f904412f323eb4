import type { Observation } from '../../model/event.ts';
import type { SilenceView } from '../../reconciler/alerts/contract.ts';
import type { Actor } from '../../registry/journal/journal.ts';
import { renderSubject } from './alert-texts.ts';
import type { TrackedAlert } from './tracked-alert.ts';

/** What the stream hears of an alert: that it began, is over, or was acknowledged. */
export function alertEvent(
  { rule, severity, subject, seen, expected, done }: TrackedAlert,
  what: 'begins' | 'over' | 'acknowledged',
  text: string,
  at: number,
  actor?: Actor,
): Observation {
  return {
    kind: 'alert',
    severity: what === 'acknowledged' ? 'info' : severity,
    subject,
    detail: what === 'acknowledged' ? `${rule.name}-acknowledged` : rule.name,
    text,
    ...(seen === undefined ? {} : { seen }),
    ...(expected === undefined ? {} : { expected }),
    ...(done === undefined ? {} : { done }),
    at,
    lasts: what === 'acknowledged' ? 'once' : what,
    ...(actor ?? {}),
  };
}

/** What the stream hears of a silence. */
export function silenceEvent(silence: SilenceView, what: string, at: number, actor?: Actor): Observation {
  const { id, rule, guest, segment, ofOwner, reason } = silence;
  const subject = {
    ...(guest === undefined ? {} : { guest }),
    ...(segment === undefined ? {} : { segment }),
    ...(ofOwner === undefined ? {} : { owner: ofOwner }),
    ...(rule === undefined ? {} : { object: `rule ${rule}` }),
  };
  const about = renderSubject(subject);
  return {
    kind: 'alert',
    severity: 'info',
    subject,
    detail: `silence-${id}`,
    text: `silence ${id}${about === '' ? '' : ` of ${about}`} ${what}: ${reason}`,
    at,
    ...(actor ?? {}),
  };
}
