import type { SiteIndex } from './site-index.ts';

/** Times fit together, and what schedules name is there. */
export function checkRotation({ site, pools, segments, unread, report }: SiteIndex): void {
  const { overlap, grace } = site.rotation ?? { overlap: 1, grace: 0 };
  const unknown = ['overlap', 'grace'].some((key) => unread.mayHold('settings', `rotation.${key}`));
  if (grace > overlap && !unknown) {
    report.error(
      'rotation.grace',
      `the old MAC address would have to be silent for ${grace} s, but may be used for ${overlap} s at most`,
      `${grace} s`,
      `at most the overlap of ${overlap} s`,
    );
  }
  site.rotation?.schedules.forEach(({ segment, pool }, i) => {
    if (segment !== undefined && !segments.has(segment) && !unread.mayHold('segment', segment)) {
      report.missing(`rotation.schedules[${i}].segment`, 'segment', segment, segments.keys());
    }
    if (pool !== undefined && !pools.has(pool) && !unread.mayHold('pool', pool)) {
      report.missing(`rotation.schedules[${i}].pool`, 'pool', pool, pools.keys());
    }
  });
}
