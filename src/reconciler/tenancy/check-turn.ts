import type { PlanLine } from '../../drivers/driver.ts';
import { usageOf } from '../../model/owner.ts';
import { type QuotaKey, quotaKeys } from '../../model/owners-schema.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { forwardId, type Site } from '../../model/site.ts';
import type { SiteView } from '../engine-contract.ts';
import { taken, tellTenant } from './blind-failures.ts';
import { type OwnSite, ownSiteOf } from './own-site.ts';

/** Everything of a site that is not the owner's, part by part. */
function othersOf(site: Site, { guests, forwards }: OwnSite): unknown[] {
  const { guests: all, forwards: published, ...rest } = site;
  return [
    ...all.filter(({ name }) => !guests.has(name)),
    ...published.filter((forward) => !forwards.has(forwardId(forward))),
    ...Object.values(rest).flat(),
  ];
}

/** Nothing but what is the owner's may change: whatever was looked at before, this decides. */
function refuseForeign(before: Site | undefined, after: Site | undefined, was: OwnSite, is: OwnSite): void {
  if (before === undefined || after === undefined) throw taken();
  const [had, have] = [new Set(othersOf(before, was)), othersOf(after, is)];
  if (have.length !== othersOf(before, was).length || !have.every((part) => had.has(part))) throw taken();
}

function refuseOverQuota(before: Site, after: Site, owner: string, own: OwnSite, extraNics: number): void {
  const [was, is] = [usageOf(before, owner), usageOf(after, owner)];
  for (const key of quotaKeys)
    refuseOver(owner, key, own, { was: was[key], is: is[key] }, key === 'nics' ? extraNics : 0);
}

/** Who has more than its quota already may have less, and the same. */
export function refuseOver(
  owner: string,
  key: QuotaKey,
  { entry }: OwnSite,
  { was, is }: { readonly was: number; readonly is: number },
  extra = 0,
): void {
  const most = entry?.quota[key] ?? 0;
  if (is <= was || is + extra <= most) return;
  throw tellTenant(
    'quota-exceeded',
    `owner ${quoteValue(owner)} would have ${is + extra} ${key}; its quota is ${most}, and it has ${was + extra}`,
    { details: { quota: key, most, used: was + extra, wanted: is + extra } },
  );
}

/** What a change does to things of the owner. */
export function ownLines(before: OwnSite, after: OwnSite): PlanLine[] {
  const lines: PlanLine[] = [];
  const compare = (object: string, was: ReadonlyMap<string, unknown>, is: ReadonlyMap<string, unknown>): void => {
    for (const name of was.keys())
      if (!is.has(name)) lines.push({ change: 'remove', object, text: `${object} ${quoteValue(name)}` });
    for (const [name, value] of is) {
      const held = was.get(name);
      if (held === value) continue;
      lines.push({ change: held === undefined ? 'add' : 'change', object, text: `${object} ${quoteValue(name)}` });
    }
  };
  compare('guest', before.guests, after.guests);
  compare('forward', before.forwards, after.forwards);
  return lines;
}

/** Decides about a change of a tenant when its turn has come; answers what it does to the owner's things. */
export function checkTurn(
  before: SiteView,
  after: SiteView,
  owner: string,
  extraNics: number,
): { readonly was: OwnSite; readonly is: OwnSite; readonly lines: PlanLine[] } {
  const [was, is] = [ownSiteOf(before.site, owner), ownSiteOf(after.site, owner)];
  refuseForeign(before.site, after.site, was, is);
  refuseOverQuota(before.site as Site, after.site as Site, owner, was, extraNics);
  return { was, is, lines: ownLines(was, is) };
}
