import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

async function runConfirm(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const revision = await client.confirm();
  if (options.json) return printJson(revision);
  print(`Revision ${revision.number} is confirmed and stays.`);
}

export function define(program: Command): void {
  const command = program.command('confirm').description('keep what `apply --confirm` changed');
  withClient(command, 'bridgekeeper confirm').action(runConfirm);
}
