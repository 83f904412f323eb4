import type { SiteIndex } from './site-index.ts';

/** What schedules name is there. */
export function checkRotation({ site, pools, segments, unread, report }: SiteIndex): void {
  site.rotation?.schedules.forEach(({ segment, pool }, i) => {
    if (segment !== undefined && !segments.has(segment) && !unread.mayHold('segment', segment)) {
      report.missing(`rotation.schedules[${i}].segment`, 'segment', segment, segments.keys());
    }
    if (pool !== undefined && !pools.has(pool) && !unread.mayHold('pool', pool)) {
      report.missing(`rotation.schedules[${i}].pool`, 'pool', pool, pools.keys());
    }
  });
}
