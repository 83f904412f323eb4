import type { LeaseView } from '../../../../src/client/client.ts';
import type { IsolationView } from '../../../../src/client/isolation.ts';
import type { RotationView } from '../../../../src/client/rotations.ts';
import type { GuestSessions } from '../../../../src/client/sessions.ts';

/** Whether a guest's NICs are plugged in: all, none that has a port, … */
export const plugStates = ['plugged', 'partly', 'waiting', 'unplugged'] as const;
export type PlugState = (typeof plugStates)[number];

/** One guest as the table shows it. */
export interface GuestRow {
  readonly name: string;
  readonly owner?: string;
  readonly segments: readonly string[];
  readonly share: string;
  readonly nics: readonly LeaseView[];
  readonly state: PlugState;
  readonly portBlock: string;
  readonly sessions?: GuestSessions;
  /** Cut off altogether, or only limited. */
  readonly isolated?: 'whole' | 'limited';
  readonly rotating: boolean;
  /** What it does on the wire that it must not. */
  readonly violates: boolean;
  /** Everything that can be searched for, in lower case. */
  readonly text: string;
}

export function plugStateOf(nics: readonly Pick<LeaseView, 'attached' | 'port'>[]): PlugState {
  const attached = nics.filter((nic) => nic.attached).length;
  if (attached === nics.length) return 'plugged';
  if (attached > 0) return 'partly';
  return nics.some(({ port }) => port !== undefined) ? 'waiting' : 'unplugged';
}

/** What comes with guests from other parts of the API. */
export interface Around {
  readonly sessions: ReadonlyMap<string, GuestSessions>;
  readonly isolations: readonly IsolationView[];
  readonly rotations: readonly RotationView[];
  readonly violating: ReadonlySet<string>;
}

/** A guest without what changes by the second; made again only when the site or a port changes. */
export type PlainRow = Omit<GuestRow, 'sessions' | 'isolated' | 'rotating' | 'violates'>;

/** Guests in the order of the site, of the rows of their NICs. */
export function plainRows(leases: readonly LeaseView[]): PlainRow[] {
  const byGuest = new Map<string, LeaseView[]>();
  for (const lease of leases) {
    const nics = byGuest.get(lease.guest);
    if (nics) nics.push(lease);
    else byGuest.set(lease.guest, [lease]);
  }
  return [...byGuest].map(([name, nics]) => {
    const { owner, share, portBlock } = nics[0] as LeaseView;
    const addresses = nics.flatMap(({ mac, ipv4, ipv6, port, segment }) => [mac, ipv4, ipv6, port, segment]);
    return {
      name,
      ...(owner === undefined ? {} : { owner }),
      segments: [...new Set(nics.map(({ segment }) => segment))],
      share,
      nics,
      state: plugStateOf(nics),
      portBlock,
      text: [name, owner, share, portBlock, ...addresses].filter(Boolean).join(' ').toLowerCase(),
    };
  });
}

/** Rows with what is known of them now. One about which nothing has changed is the same object as `before` had. */
export function rowsAround(
  plain: readonly PlainRow[],
  around: Around,
  before: ReadonlyMap<string, GuestRow>,
): GuestRow[] {
  const isolated = new Map<string, 'whole' | 'limited'>();
  for (const { guest, limit } of around.isolations)
    if (isolated.get(guest) !== 'whole') isolated.set(guest, limit === undefined ? 'whole' : 'limited');
  const rotating = new Set(around.rotations.map(({ guest }) => guest));
  return plain.map((row) => {
    const sessions = around.sessions.get(row.name);
    const cut = isolated.get(row.name);
    const old = before.get(row.name);
    const next: GuestRow = {
      ...row,
      ...(sessions === undefined ? {} : { sessions }),
      ...(cut === undefined ? {} : { isolated: cut }),
      rotating: rotating.has(row.name),
      violates: around.violating.has(row.name),
    };
    return old !== undefined && isSame(old, next) ? old : next;
  });
}

function isSame(a: GuestRow, b: GuestRow): boolean {
  return (
    a.nics === b.nics &&
    a.isolated === b.isolated &&
    a.rotating === b.rotating &&
    a.violates === b.violates &&
    a.sessions?.sessions === b.sessions?.sessions &&
    a.sessions?.bytesSent === b.sessions?.bytesSent &&
    a.sessions?.bytesReceived === b.sessions?.bytesReceived
  );
}

/** What the table is narrowed to. */
export interface GuestFilter {
  readonly text: string;
  readonly segment?: string | undefined;
  readonly owner?: string | undefined;
  readonly state?: string | undefined;
}

const states: Readonly<Record<string, (row: GuestRow) => boolean>> = {
  plugged: ({ state }) => state === 'plugged' || state === 'partly',
  waiting: ({ state }) => state === 'waiting' || state === 'partly',
  unplugged: ({ state }) => state === 'unplugged',
  isolated: ({ isolated }) => isolated !== undefined,
  violates: ({ violates }) => violates,
  rotating: ({ rotating }) => rotating,
};

/** Every word must be in what a row can be searched for. */
export function filterRows(
  rows: readonly GuestRow[],
  { text, segment, owner, state }: GuestFilter,
): readonly GuestRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = state === undefined ? undefined : states[state];
  if (words.length === 0 && segment === undefined && owner === undefined && fits === undefined) return rows;
  return rows.filter(
    (row) =>
      (segment === undefined || row.segments.includes(segment)) &&
      (owner === undefined || (row.owner ?? '') === owner) &&
      (fits === undefined || fits(row)) &&
      words.every((word) => row.text.includes(word)),
  );
}
