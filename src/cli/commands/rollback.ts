import type { Command } from 'commander';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { printApplied } from '../render-change.ts';

async function runRollback(revision: number | undefined, options: ClientOptions): Promise<void> {
  const client = await connect(options);
  await printApplied(await client.rollback(revision), options.json);
}

export function define(program: Command): void {
  const command = program
    .command('rollback')
    .description('go back to an earlier revision (as a new one; nothing is lost)')
    .argument(
      '[revision]',
      'number from `bridgekeeper history`; without it: before the change that waits',
      wholeNumber(1),
    );
  withClient(command, 'bridgekeeper rollback 12').action(runRollback);
}
