import { parseMacRange } from '../../model/mac-range.ts';
import type { Owner } from '../../model/owner.ts';
import { type Forward, forwardId, type Guest, type Pool, type Segment, type Site } from '../../model/site.ts';
import type { StoredObject } from '../../registry/registry.ts';
import type { SiteView } from '../engine-contract.ts';

/** What of a site belongs to one owner. */
export interface OwnSite {
  /** Its entry in `owners`; absent: it may only look. */
  readonly entry?: Owner;
  readonly guests: ReadonlyMap<string, Guest>;
  /** Those that lead to its guests, by id. */
  readonly forwards: ReadonlyMap<string, Forward>;
  /** Those that it may use, and those that its NICs are in. */
  readonly segments: ReadonlyMap<string, Segment>;
  /** Segments that its entry names and no other's: nobody else is to be there. */
  readonly exclusive: ReadonlySet<string>;
  /** The same as a site of its own, to be checked for what only the owner is concerned with. */
  readonly site: Site | undefined;
}

const nothing: OwnSite = {
  guests: new Map(),
  forwards: new Map(),
  segments: new Map(),
  exclusive: new Set(),
  site: undefined,
};

/** Pools are no matter of tenants: a site of their own has one that is wide enough. */
const anyPool: Pool = {
  name: 'any' as Pool['name'],
  range: parseMacRange('02:00:00:00:00:00-02:ff:ff:ff:ff:ff'),
  strategy: 'random',
  quarantine: 1800,
  reserved: [],
  warnings: [80, 95],
};

/** Guests, forwards and segments as a site in which nobody else is. */
export function siteAlone(
  whole: Site,
  guests: readonly Guest[],
  forwards: readonly Forward[],
  segments: Iterable<Segment>,
): Site {
  return {
    name: whole.name,
    ...(whole.uplink === undefined ? {} : { uplink: whole.uplink }),
    limits: whole.limits,
    pools: [anyPool],
    segments: [...segments].map(({ pool: _, ...segment }) => segment),
    guests: guests.map((guest) => ({ ...guest, nics: guest.nics.map(({ pool: _, ...nic }) => nic) })),
    forwards,
    policies: [],
  };
}

/** Takes out of a site what belongs to an owner. O(guests and forwards of the site). */
export function ownSiteOf(site: Site | undefined, owner: string): OwnSite {
  if (site === undefined) return nothing;
  const entry = site.owners?.find(({ name }) => name === owner);
  const guests = new Map<string, Guest>();
  for (const guest of site.guests) if (guest.owner === owner) guests.set(guest.name, guest);
  const forwards = new Map<string, Forward>();
  for (const forward of site.forwards) if (guests.has(forward.to.guest)) forwards.set(forwardId(forward), forward);
  const names = new Set<string>(entry?.segments);
  for (const { nics } of guests.values()) for (const { segment } of nics) names.add(segment);
  const segments = new Map(site.segments.flatMap((one) => (names.has(one.name) ? [[one.name as string, one]] : [])));
  const exclusive = new Set<string>(entry?.segments);
  for (const other of site.owners ?? []) if (other !== entry) for (const name of other.segments) exclusive.delete(name);
  return {
    ...(entry === undefined ? {} : { entry }),
    guests,
    forwards,
    segments: segments as ReadonlyMap<string, Segment>,
    exclusive,
    site: siteAlone(site, [...guests.values()], [...forwards.values()], segments.values() as Iterable<Segment>),
  };
}

/** What belongs to one owner, worked out once for each site. */
export class OwnSites {
  readonly #owner: string;
  #last: { of: Site | undefined; own: OwnSite } = { of: undefined, own: nothing };

  constructor(owner: string) {
    this.#owner = owner;
  }

  of(site: Site | undefined): OwnSite {
    if (this.#last.of !== site) this.#last = { of: site, own: ownSiteOf(site, this.#owner) };
    return this.#last.own;
  }
}

/** Keys of a segment that say how the host is made, and what it gives to whom. */
const hostKeys = ['bridge', 'pool', 'storm', 'probe'];

/** A segment as a tenant may see it. */
function shownSegment(object: StoredObject): StoredObject {
  const body = Object.entries(object.body as object).filter(([key]) => !hostKeys.includes(key));
  return { ...object, body: Object.fromEntries(body) };
}

/** The objects of the owner in their input form: guests, the forwards that lead to them, segments that they may use. */
export function ownObjects(view: SiteView, own: OwnSite): StoredObject[] {
  const held = (kind: StoredObject['kind'], names: Iterable<string>): StoredObject[] =>
    [...names].flatMap((name) => view.get(kind, name) ?? []);
  return [
    ...held('segment', own.segments.keys()).map(shownSegment),
    ...held('guest', own.guests.keys()),
    ...held('forward', own.forwards.keys()),
  ];
}

/** A view of the site that holds nothing but what is the owner's. */
export function ownView(view: SiteView, own: OwnSite): SiteView {
  const isOwn = (kind: StoredObject['kind'], name: string): boolean =>
    (kind === 'guest' && own.guests.has(name)) ||
    (kind === 'forward' && own.forwards.has(name)) ||
    (kind === 'attachment' && own.guests.has(name.slice(0, name.lastIndexOf('/'))));
  return { site: own.site, get: (kind, name) => (isOwn(kind, name) ? view.get(kind, name) : undefined) };
}
