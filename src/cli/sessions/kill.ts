import type { KillAnswer } from '../../client/sessions.ts';
import { AppError } from '../../errors/app-error.ts';
import { agreed } from '../ask.ts';
import { type ClientOptions, connect } from '../command-options.ts';
import { plain, print, printJson } from '../output.ts';
import { fitColumns, sessionColumns } from './columns.ts';
import { type FilterOptions, filterOf } from './filter-options.ts';
import { renderCount, renderSessionCount } from './print-sessions.ts';

export interface KillOptions extends ClientOptions, FilterOptions {
  yes?: boolean;
}

/** What would be ended: how many, whose, and the first of them. */
function renderPlan({ total, guests, guestCount, first, spared }: KillAnswer): string[] {
  const named = guests.map(({ guest, sessions }) => `${guest} (${renderCount(sessions)})`);
  const more = guestCount > guests.length ? [`and ${guestCount - guests.length} more`] : [];
  return [
    `${renderSessionCount(total)} would be ended, of ${[...named, ...more].join(', ')}:`,
    ...fitColumns(sessionColumns(Date.now()), first, Number.POSITIVE_INFINITY).map((line) => `  ${line}`),
    ...(total > first.length ? [`  … and ${renderCount(total - first.length)} more`] : []),
    ...renderSpared(spared),
  ];
}

const renderSpared = (spared: number): string[] =>
  spared === 0
    ? []
    : [
        `${renderSessionCount(spared)} ${spared === 1 ? 'is' : 'are'} left: begun by the host itself, or bridged inside of a segment.`,
      ];

export async function runKill(options: KillOptions): Promise<void> {
  const filter = filterOf(options);
  if (Object.keys(filter).length === 0) {
    throw new AppError(
      'value-invalid',
      'Which sessions shall end is not said; expected at least one condition, such as --guest web1 or --peer 198.51.100.7.',
    );
  }
  const client = await connect(options);
  const plan = await client.sessions.kill({ ...filter, dryRun: true });
  if (plan.total === 0) {
    if (options.json) return printJson(plan);
    return print('No session matches, so none was ended.', ...renderSpared(plan.spared));
  }
  if (!options.json) print(...renderPlan(plan).map(plain));
  const refusal = 'sessions kill asks before it ends what it listed, and there is nobody to ask: add --yes.';
  if (!(await agreed(options, 'They break for both ends.', refusal))) {
    process.exitCode = 1;
    return print('Nothing was ended.');
  }
  const answer = await client.sessions.kill(filter);
  if (options.json) return printJson(answer);
  print(`${renderSessionCount(answer.ended)} ${answer.ended === 1 ? 'was' : 'were'} ended.`);
}
