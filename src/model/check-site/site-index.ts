import type { Guest, Pool, Segment, Site } from '../site.ts';
import type { Report } from './report.ts';
import type { Unread } from './unread.ts';

/** A site with its objects by name, and where the checks put what they find. */
export interface SiteIndex {
  readonly site: Site;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly guests: ReadonlyMap<string, Guest>;
  readonly unread: Unread;
  readonly report: Report;
}

function byName<T extends { readonly name: string }>(objects: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const object of objects) if (!map.has(object.name)) map.set(object.name, object);
  return map;
}

export function indexSite(site: Site, unread: Unread, report: Report): SiteIndex {
  return {
    site,
    pools: byName(site.pools),
    segments: byName(site.segments),
    guests: byName(site.guests),
    unread,
    report,
  };
}

/**
 * Pool that a NIC's MAC address comes from; undefined when there is none of that name, none at all, or when mistakes
 * hide which it is.
 */
export function poolOf(index: SiteIndex, segment: Segment | undefined, nicPool: string | undefined): Pool | undefined {
  const name = nicPool ?? segment?.pool;
  if (name !== undefined) return index.pools.get(name);
  const { site, unread } = index;
  if (!segment || unread.holdsAny('pool') || unread.gapsOf(segment)?.has('pool')) return undefined;
  return site.pools[0];
}
