import type { GuestLimitsView, LimitKind, LimitsView } from '../client/limits.ts';
import { renderTable, renderTime } from './output.ts';
import { renderCsvRecord } from './render-leases.ts';

const words: Readonly<Record<LimitKind, string>> = {
  'new-sessions': 'new sessions',
  sessions: 'open sessions',
  'all-sessions': 'sessions of all',
  host: 'asks the host',
};

/** What the limit is, of the guest or of all. */
const allowedBy = (limit: LimitKind, guest: GuestLimitsView, all: LimitsView): string =>
  ({ 'new-sessions': guest.newSessions, sessions: `${guest.sessions}`, 'all-sessions': `${all.sessions}`, host: '-' })[
    limit
  ];

/** A line for each refusal; one with a count of 0 for a guest without. */
export const limitsCsv = (view: LimitsView): string[] => [
  renderCsvRecord(['guest', 'owner', 'sessions', 'newSessions', 'limit', 'count', 'since', 'last', 'lasting']),
  ...view.guests.flatMap(({ guest, owner, sessions, newSessions, refused }) => {
    const first = [guest, owner, sessions, newSessions];
    const time = (at: number): string => new Date(at).toISOString();
    if (refused.length === 0) return [renderCsvRecord([...first, '', 0, '', '', 'false'])];
    return refused.map(({ limit, count, since, last, lasting }) =>
      renderCsvRecord([...first, limit, count, time(since), time(last), String(lasting)]),
    );
  }),
];

/** A table of who was refused what, and how full the kernel's table is. */
export function renderLimits(view: LimitsView): string[] {
  const rows = view.guests.flatMap((each) => {
    const { guest, owner = '-', sessions, newSessions, refused } = each;
    if (refused.length === 0) return [[guest, owner, `${sessions} open, ${newSessions}`, '-', '0', '-', '-', '']];
    return refused.map(({ limit, count, since, last, lasting }) => [
      guest,
      owner,
      allowedBy(limit, each, view),
      words[limit],
      `${count}`,
      renderTime(since),
      renderTime(last),
      lasting ? 'goes on' : 'over',
    ]);
  });
  const { count, max } = view.table;
  return [
    ...(rows.length === 0
      ? ['No guest was refused a new session since the daemon started.']
      : renderTable(['guest', 'owner', '>limit', 'of', '>refused', 'since', 'last', ''], rows)),
    ...(max === 0 ? [] : ['', `The kernel's table holds ${count} of ${max} sessions, the host's own included.`]),
  ];
}
