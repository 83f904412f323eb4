import type { EventSubject, Observation, Severity } from '../../model/event.ts';
import type { Parties } from './find-parties.ts';
import type { IdsAlert, IdsEnd } from './read-alert.ts';

/** How long nothing of it may come before it is over, in milliseconds. */
const quietAfter = 60_000;
/** A time of the sensor that is older is told, but not taken: clocks differ, and a file may have waited. */
const oldest = 3_600_000;

function place({ address, port }: IdsEnd): string {
  if (address === undefined) return 'an unknown address';
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const severityOf = (priority: number): Severity => (priority <= 1 ? 'critical' : priority === 2 ? 'warning' : 'info');

const named = (subject: EventSubject | undefined, end: IdsEnd): string =>
  subject?.guest === undefined ? place(end) : `guest "${subject.guest}"`;

/**
 * What is published of an alert. It is about the guest that sent it, or else about the one that got it: then `detail`
 * ends in `:target`, so that a rule which isolates can leave alone whom the world shoots at. About nobody of the site, it
 * is about our side of the wire, never about an address that a stranger may choose.
 */
export function tellAlert(
  alert: IdsAlert,
  { source, destination }: Parties,
  about: { readonly now: number; readonly ours: string },
): Observation {
  const bySource =
    alert.attacker === undefined ? source !== undefined : alert.attacker === 'source' && source !== undefined;
  const byDestination = alert.attacker === 'destination' && destination !== undefined;
  const culprit = bySource ? source : byDestination ? destination : undefined;
  const subject = culprit ?? source ?? destination ?? { object: about.ours };
  const isTarget = culprit === undefined && subject.guest !== undefined;
  const usable = alert.at !== undefined && alert.at <= about.now && about.now - alert.at < oldest;
  const at = usable ? (alert.at as number) : about.now;
  const ends = `${named(source, alert.source)} to ${named(destination, alert.destination)}`;
  const seen = [
    `${alert.protocol ?? 'frame'} ${place(alert.source)} → ${place(alert.destination)}`,
    ...(alert.category === undefined ? [] : [alert.category]),
    `priority ${alert.priority}`,
    ...(alert.source.mac === undefined ? [] : [`from ${alert.source.mac}`]),
    ...(usable || alert.at === undefined ? [] : [`at ${new Date(alert.at).toISOString()} by the sensor's clock`]),
  ];
  return {
    kind: 'ids',
    severity: severityOf(alert.priority),
    subject,
    detail: isTarget ? `${alert.sid}:target` : alert.sid,
    text: `Suricata: "${alert.signature}" (${alert.sid}), ${ends}`,
    seen: seen.join(', '),
    ...(alert.blocked ? { done: 'Suricata dropped it' } : {}),
    at,
    lasts: { quietAfter },
  };
}
