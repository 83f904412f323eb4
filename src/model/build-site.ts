import type { Mistake } from '../errors/app-error.ts';
import { checkSite } from './check-site/check-site.ts';
import type { Unread } from './check-site/unread.ts';
import { lookUpPolicies } from './look-up-peers.ts';
import type { Label } from './names.ts';
import type { Site } from './site.ts';
import type { PolicyDraft, Settings } from './site-drafts.ts';
import { type Drafts, draftObject, type Salvaged, type SiteObjectKind } from './site-objects.ts';

/** One body on its way into a site. */
export interface SiteEntry {
  readonly kind: SiteObjectKind;
  /** Its place in the list of a file, or its name in the registry; what mistakes call it. */
  readonly key: number | string;
  readonly body: unknown;
}

/** Where the objects of a kind stand in a site. */
export const listNames = {
  pool: 'pools',
  segment: 'segments',
  guest: 'guests',
  forward: 'forwards',
  policy: 'policies',
} as const satisfies Record<Exclude<SiteObjectKind, 'settings'>, keyof Site>;

/** `forwards[3]`, `forwards[tcp/9000]`; empty for the settings, whose keys stand at the top of a file. */
export function pathOf(kind: SiteObjectKind, key: number | string): string {
  return kind === 'settings' ? '' : `${listNames[kind]}[${key}]`;
}

/** Puts a path inside an object behind the path of the object. */
export function joinPaths(prefix: string, path: string): string {
  return prefix === '' || path === '' || path.startsWith('[') ? prefix + path : `${prefix}.${path}`;
}

const defaultLimits = {
  sessions: 5000,
  sessionsPerGuest: 1000,
  portBlock: 1000,
  portBlocks: 1,
  newSessionsPerGuest: { count: 200, per: 'second' },
  halfOpen: 120,
  established: 7440,
  udp: 300,
  udpUnanswered: 120,
  icmp: 60,
  timeWait: 20,
} as const;

/** More mistakes than anyone reads; nothing is looked at after them. */
export const mostMistakes = 1000;

type Lists = { [K in SiteObjectKind]: { values: Drafts[K][]; keys: SiteEntry['key'][] } };

function emptyLists(): Lists {
  const list = () => ({ values: [], keys: [] });
  return { settings: list(), pool: list(), segment: list(), guest: list(), forward: list(), policy: list() };
}

function unreadName(body: unknown): string | undefined {
  const name = typeof body === 'object' && body !== null ? (body as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** References to what has mistakes are no mistakes of their own, and keys that were not read say nothing. */
function noteUnread(
  kind: SiteObjectKind,
  body: unknown,
  salvaged: Salvaged<Drafts[SiteObjectKind]> | undefined,
  unread: Unread,
): void {
  if (kind !== 'settings' || !salvaged) unread.note(kind, unreadName(body));
  else for (const gap of salvaged.gaps) unread.note(kind, gap);
  if (salvaged) unread.noteGaps(salvaged.value, salvaged.gaps);
}

function draftAll(entries: readonly SiteEntry[], unread: Unread, mistakes: Mistake[]): Lists {
  const lists = emptyLists();
  for (const { kind, key, body } of entries) {
    if (mistakes.length > mostMistakes) break;
    const drafted = draftObject(kind, body);
    if ('value' in drafted) {
      (lists[kind].values as unknown[]).push(drafted.value);
      lists[kind].keys.push(key);
      continue;
    }
    const { salvaged } = drafted;
    noteUnread(kind, body, salvaged, unread);
    if (salvaged) {
      (lists[kind].values as unknown[]).push(salvaged.value);
      lists[kind].keys.push(key);
    }
    const prefix = pathOf(kind, key);
    for (const mistake of drafted.mistakes) mistakes.push({ ...mistake, path: joinPaths(prefix, mistake.path) });
  }
  return lists;
}

/** Policies in the order in which they decide. */
function orderPolicies(list: Lists['policy']): void {
  const place = (draft: PolicyDraft): number => draft.position ?? Number.POSITIVE_INFINITY;
  const order = list.values.map((_, i) => i);
  const at = (i: number): number => place(list.values[i] as PolicyDraft);
  // Infinity minus itself is not a number, so equal places are told apart by hand.
  order.sort((a, b) => (at(a) === at(b) ? a - b : at(a) - at(b)));
  const { values, keys } = list;
  list.values = order.map((i) => values[i] as PolicyDraft);
  list.keys = order.map((i) => keys[i] as SiteEntry['key']);
}

/** Puts the keys of the entries in place of positions in the lists of the site. */
function relocate(mistake: Mistake, lists: Lists): Mistake {
  const match = /^(pools|segments|guests|forwards|policies)\[(\d+)\](.*)$/s.exec(mistake.path);
  if (!match) return mistake;
  const kind = (Object.keys(listNames) as (keyof typeof listNames)[]).find((key) => listNames[key] === match[1]);
  const key = kind && lists[kind].keys[Number(match[2])];
  return kind === undefined || key === undefined ? mistake : { ...mistake, path: pathOf(kind, key) + match[3] };
}

/** Gives the list of the call before when it holds the same values, so that whole lists compare by reference. */
function keepList<Value>(): (values: Value[]) => readonly Value[] {
  let last: readonly Value[] = [];
  return (values) => {
    if (last.length !== values.length || values.some((value, i) => value !== last[i])) last = values;
    return last;
  };
}

const keepPools = keepList<Site['pools'][number]>();
const keepSegments = keepList<Site['segments'][number]>();
const keepGuests = keepList<Site['guests'][number]>();

/** Reads every entry, puts the site together and checks how its parts fit. `site` is whole only without errors. */
export function buildSite(entries: readonly SiteEntry[], unread: Unread): { site: Site; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const lists = draftAll(entries, unread, mistakes);
  const enough = mistakes.length > mostMistakes;
  orderPolicies(lists.policy);
  const settings: Settings = lists.settings.values[0] ?? { name: 'unread' as Label, limits: defaultLimits };
  const late: Mistake[] = [];
  const site: Site = {
    ...settings,
    pools: keepPools(lists.pool.values),
    segments: keepSegments(lists.segment.values),
    guests: keepGuests(lists.guest.values),
    forwards: lists.forward.values,
    policies: lookUpPolicies(lists.policy.values, lists.guest.values, lists.segment.values, unread, late),
  };
  if (!enough) for (const mistake of [...late, ...checkSite(site, unread)]) mistakes.push(relocate(mistake, lists));
  return { site, mistakes };
}
