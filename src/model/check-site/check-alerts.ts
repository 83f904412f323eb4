import type { SiteIndex } from './site-index.ts';

/** What rules are about is there. That their notifiers are was seen when they were read. */
export function checkAlerts({ site, segments, guests, unread, report }: SiteIndex): void {
  site.alerts?.rules.forEach(({ segment, guest, place }) => {
    if (place === undefined) return;
    if (segment !== undefined && !segments.has(segment) && !unread.mayHold('segment', segment))
      report.missing(`alerts.rules[${place}].segment`, 'segment', segment, segments.keys());
    if (guest !== undefined && !guests.has(guest) && !unread.mayHold('guest', guest))
      report.missing(`alerts.rules[${place}].guest`, 'guest', guest, guests.keys());
  });
}
