import type { AlertRule } from '../../model/alert-rule.ts';
import type { EventSubject } from '../../model/event.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Condition, conditions, type Reading } from '../../model/reading.ts';

/** `guest "web1"`, `pool "default"`; empty for what is about the host or the site as a whole. */
export function renderSubject(subject: EventSubject): string {
  const { nic, guest, port, pool, forward, service, segment, object, owner } = subject;
  const named = Object.entries({ NIC: nic, guest, port, pool, forward, service, segment, object, owner });
  const [kind, name] = named.find(([, value]) => value !== undefined) ?? [];
  if (kind === undefined || name === undefined) return '';
  return kind === 'object' || kind === 'service' ? name : `${kind} ${quoteValue(name)}`;
}

/** What a reading measures, as the beginning of a sentence. */
const measured: Partial<Record<Condition, string>> = {
  'mac-changes': 'NICs whose MAC address changed',
  'pool-fill': 'addresses that are taken',
  sessions: 'open sessions of all guests',
  'guest-sessions': 'open sessions',
  'session-table': "the kernel's table of sessions",
  cpu: 'the processors of the host',
  memory: 'the memory of the host',
  'uplink-bandwidth': 'the uplink',
  certificate: 'certificate',
};

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** `3 days`, `5 hours`, `2 minutes`: the largest unit of which there are two. */
export function renderSpan(seconds: number): string {
  const units = [
    ['days', 86_400],
    ['hours', 3_600],
    ['minutes', 60],
  ] as const;
  for (const [unit, size] of units) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.floor(seconds)} seconds`;
}

/** A reading as a sentence. */
export function readingText({ condition, subject, value }: Reading): string {
  const about = renderSubject(subject);
  if (conditions[condition].unit === 'seconds') {
    const name = about === '' ? 'a certificate' : `certificate ${about}`;
    return value <= 0 ? `${name} has expired` : `${name} expires in ${renderSpan(value)}`;
  }
  const what = measured[condition] ?? conditions[condition].says;
  const of = about === '' ? '' : ` of ${about}`;
  const bounded = condition === 'mac-changes' || condition === 'pool-fill' ? '' : 'at ';
  return `${what}${of}: ${bounded}${percent(value)}`;
}

/** What should have been: `at most 80 %`. Undefined for conditions that are true or not. */
export function expectedOf({ above, below }: AlertRule): string | undefined {
  if (above !== undefined) return `at most ${percent(above)}`;
  return below === undefined ? undefined : `at least ${renderSpan(below)}`;
}
