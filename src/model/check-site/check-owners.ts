import { ownPrefix, usageOf } from '../owner.ts';
import { quotaKeys } from '../owners-schema.ts';
import { quoteValue } from '../quote-value.ts';
import type { SiteIndex } from './site-index.ts';

/** Guests of two owners would begin alike, so a tenant could meet names of the other. */
function checkPrefixes({ site, report }: SiteIndex): void {
  const names = new Set<string>(site.owners?.map(({ name }) => name));
  site.owners?.forEach(({ name }, i) => {
    for (let at = name.indexOf('-'); at > 0; at = name.indexOf('-', at + 1)) {
      const shorter = name.slice(0, at);
      if (!names.has(shorter)) continue;
      report.error(
        `owners[${i}].name`,
        `names of guests that tenants make begin with their owner, and ${quoteValue(`${ownPrefix(name)}…`)} could be a guest of ${quoteValue(shorter)} as well`,
        quoteValue(name),
        `a name that does not begin with ${quoteValue(ownPrefix(shorter))}`,
      );
    }
  });
}

/** What tenants may use is there. That an owner has more than its quota is nothing that stops an operator. */
export function checkOwners(index: SiteIndex): void {
  const { site, segments, unread, report } = index;
  if (site.owners === undefined) return;
  checkPrefixes(index);
  site.owners.forEach(({ name, quota, segments: own }, i) => {
    own.forEach((segment, s) => {
      if (segments.has(segment) || unread.mayHold('segment', segment)) return;
      report.missing(`owners[${i}].segments[${s}]`, 'segment', segment, segments.keys());
    });
    if (unread.holdsAny('guest') || unread.holdsAny('forward')) return;
    const used = usageOf(site, name);
    for (const key of quotaKeys) {
      if (used[key] <= quota[key]) continue;
      report.warning(
        `owners[${i}].quota.${key}`,
        `owner ${quoteValue(name)} has more ${key} than its quota: ${used[key]} of ${quota[key]}; its tenant cannot add any`,
        String(used[key]),
        `at most ${quota[key]}`,
      );
    }
  });
}
