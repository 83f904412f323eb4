import { PoolTree } from '../pool-choice.ts';
import type { Guest, Pool, Segment, Site } from '../site.ts';
import type { Report } from './report.ts';
import type { Unread } from './unread.ts';

/** A site with its objects by name, and where the checks put what they find. */
export interface SiteIndex {
  readonly site: Site;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly tree: PoolTree;
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
    tree: new PoolTree(site.pools),
    segments: byName(site.segments),
    guests: byName(site.guests),
    unread,
    report,
  };
}

/**
 * Pool that a NIC's MAC address comes from, or for no owner in particular that of a segment; undefined when there is
 * none of that name, none at all, or when mistakes hide which it is.
 */
export function poolOf(
  index: SiteIndex,
  segment: Segment | undefined,
  nicPool: string | undefined,
  owner?: string,
): Pool | undefined {
  const { tree, unread } = index;
  const name = nicPool ?? segment?.pool;
  if (name === undefined) {
    if (!segment || unread.holdsAny('pool') || unread.gapsOf(segment)?.has('pool')) return undefined;
  }
  return tree.choose({ pool: name, owner, segment: segment?.name });
}
