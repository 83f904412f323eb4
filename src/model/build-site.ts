import type { Mistake } from '../errors/app-error.ts';
import { checkSite } from './check-site/check-site.ts';
import type { Unread } from './check-site/unread.ts';
import { lookUpPolicies } from './look-up-peers.ts';
import type { Label } from './names.ts';
import type { Site } from './site.ts';
import type { PolicyDraft, Settings } from './site-drafts.ts';
import { type Drafts, draftObject, type SiteObjectKind } from './site-objects.ts';

/** One body on its way into a site, and where its mistakes belong (`forwards[3]`, `forwards[tcp/9000]`). */
export interface SiteEntry {
  readonly kind: SiteObjectKind;
  readonly path: string;
  readonly body: unknown;
}

/** Where mistakes in the lists of a site belong. */
export const listNames = {
  pool: 'pools',
  segment: 'segments',
  guest: 'guests',
  forward: 'forwards',
  policy: 'policies',
} as const satisfies Record<Exclude<SiteObjectKind, 'settings'>, keyof Site>;

const defaultLimits = {
  sessions: 5000,
  sessionsPerGuest: 1000,
  portBlock: 1000,
  halfOpen: 120,
  udp: 300,
  timeWait: 20,
};

/** `path` is empty for the settings, whose keys stand at the top of a file. */
const join = (prefix: string, path: string): string =>
  prefix === '' || path === '' || path.startsWith('[') ? prefix + path : `${prefix}.${path}`;

type Lists = { [K in SiteObjectKind]: { values: Drafts[K][]; paths: string[] } };

function emptyLists(): Lists {
  const list = () => ({ values: [], paths: [] });
  return { settings: list(), pool: list(), segment: list(), guest: list(), forward: list(), policy: list() };
}

function unreadName(body: unknown): string | undefined {
  const name = typeof body === 'object' && body !== null ? (body as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}

function draftAll(entries: readonly SiteEntry[], unread: Unread, mistakes: Mistake[]): Lists {
  const lists = emptyLists();
  for (const { kind, path, body } of entries) {
    const drafted = draftObject(kind, body);
    if ('value' in drafted) {
      (lists[kind].values as unknown[]).push(drafted.value);
      lists[kind].paths.push(path);
      continue;
    }
    unread.note(kind, unreadName(body));
    for (const mistake of drafted.mistakes) mistakes.push({ ...mistake, path: join(path, mistake.path) });
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
  const { values, paths } = list;
  list.values = order.map((i) => values[i] as PolicyDraft);
  list.paths = order.map((i) => paths[i] as string);
}

/** Puts the paths that belong to the entries in place of positions in the lists of the site. */
function relocate(mistake: Mistake, lists: Lists): Mistake {
  const match = /^(pools|segments|guests|forwards|policies)\[(\d+)\](.*)$/s.exec(mistake.path);
  if (!match) return mistake;
  const kind = (Object.keys(listNames) as (keyof typeof listNames)[]).find((key) => listNames[key] === match[1]);
  const path = kind && lists[kind].paths[Number(match[2])];
  return path === undefined ? mistake : { ...mistake, path: path + match[3] };
}

/** Reads every entry, puts the site together and checks how its parts fit. `site` is whole only without errors. */
export function buildSite(entries: readonly SiteEntry[], unread: Unread): { site: Site; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const lists = draftAll(entries, unread, mistakes);
  orderPolicies(lists.policy);
  const settings: Settings = lists.settings.values[0] ?? { name: 'unread' as Label, limits: defaultLimits };
  const late: Mistake[] = [];
  const site: Site = {
    ...settings,
    pools: lists.pool.values,
    segments: lists.segment.values,
    guests: lists.guest.values,
    forwards: lists.forward.values,
    policies: lookUpPolicies(lists.policy.values, lists.guest.values, lists.segment.values, unread, late),
  };
  for (const mistake of [...late, ...checkSite(site, unread)]) mistakes.push(relocate(mistake, lists));
  return { site, mistakes };
}
