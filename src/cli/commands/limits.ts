import type { Command } from 'commander';
import { parseLabel } from '../../model/names.ts';
import { argument, type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { limitsCsv, renderLimits } from '../render-limits.ts';

interface LimitsOptions extends ClientOptions {
  all?: boolean;
  csv?: boolean;
}

async function runLimits(guest: string | undefined, options: LimitsOptions): Promise<void> {
  const client = await connect(options);
  const view = await client.limits.list({
    ...(options.all ? { all: true } : {}),
    ...(guest === undefined ? {} : { guest }),
  });
  if (options.json) return printJson(view);
  print(...(options.csv ? limitsCsv(view) : renderLimits(view)));
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
