import type { Command } from 'commander';
import type { GuestLimitsView, LimitKind, LimitsView } from '../../client/limits.ts';
import { parseLabel } from '../../model/names.ts';
import { argument, type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson, renderTable, renderTime } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';

interface LimitsOptions extends ClientOptions {
  all?: boolean;
  csv?: boolean;
}

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

const csvLines = (view: LimitsView): string[] => [
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

function renderRefusals(view: LimitsView): string[] {
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
  return renderTable(['guest', 'owner', '>limit', 'of', '>refused', 'since', 'last', ''], rows);
}

async function runLimits(guest: string | undefined, options: LimitsOptions): Promise<void> {
  const client = await connect(options);
  const view = await client.limits.list({
    ...(options.all ? { all: true } : {}),
    ...(guest === undefined ? {} : { guest }),
  });
  if (options.json) return printJson(view);
  if (options.csv) return print(...csvLines(view));
  const { count, max } = view.table;
  if (view.guests.length === 0) print('No guest was refused a new session since the daemon started.');
  else print(...renderRefusals(view));
  if (max > 0) print('', `The kernel's table holds ${count} of ${max} sessions, the host's own included.`);
}

export function define(program: Command): void {
  const command = program
    .command('limits')
    .argument('[guest]', 'only this guest', argument(parseLabel))
    .description('show which guests were refused new sessions, by which limit, how often and when')
    .option('--all', 'guests that were refused nothing, too')
    .option('--csv', 'print the result as CSV');
  withClient(command, 'bridgekeeper limits --all').action(runLimits);
}
