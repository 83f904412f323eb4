import type { Mistake } from '../../errors/app-error.ts';
import { checkSite } from '../../model/check-site/check-site.ts';
import { type Forward, forwardId, type Guest, type Segment, type Site } from '../../model/site.ts';
import { tellTenant } from './blind-failures.ts';
import { siteAlone } from './own-site.ts';

/** Paths by names instead of places: nobody's list of guests is the tenant's. */
function named({ path, ...mistake }: Mistake, site: Site): Mistake {
  const match = /^(guests|forwards|segments)\[(\d+)\](.*)$/s.exec(path);
  const index = Number(match?.[2]);
  const forward = site.forwards[index];
  const names = {
    guests: site.guests[index]?.name,
    forwards: forward && forwardId(forward),
    segments: site.segments[index]?.name,
  };
  const name = names[match?.[1] as keyof typeof names];
  return { ...mistake, path: match && name !== undefined ? `${match[1]}[${name}]${match[3]}` : path };
}

/**
 * Checks what a tenant would have as if there were nobody else, so that whatever is wrong with it by itself can be said
 * in full. Answers warnings; throws `site-invalid`.
 */
export function checkAlone(
  whole: Site,
  guests: Iterable<Guest>,
  forwards: Iterable<Forward>,
  segments: Iterable<Segment>,
): Mistake[] {
  const site = siteAlone(whole, [...guests], [...forwards], segments);
  const mistakes = checkSite(site).map((mistake) => named(mistake, site));
  const errors = mistakes.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return mistakes;
  const count = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`;
  throw tellTenant('site-invalid', `the change has ${count}`, { mistakes });
}
