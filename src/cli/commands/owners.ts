import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { ownersCsv, renderOwners } from '../render-owners.ts';

interface OwnersOptions extends ClientOptions {
  csv?: boolean;
}

async function runOwners(options: OwnersOptions): Promise<void> {
  const client = await connect(options);
  const owners = await client.owners.list();
  if (options.json) return printJson(owners);
  print(...(options.csv ? ownersCsv(owners) : renderOwners(owners)));
}

export function define(program: Command): void {
  const command = program
    .command('owners')
    .description('show owners, what their tenants may use, and how much of their quotas they have')
    .option('--csv', 'print the result as CSV');
  withClient(command, 'bridgekeeper owners').action(runOwners);
}
