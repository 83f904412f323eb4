import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

async function runAccounts(options: ClientOptions): Promise<void> {
  const accounts = await (await connect(options)).accounts.list();
  if (options.json) return printJson(accounts);
  const { renderAccounts } = await import('./account.ts');
  print(...renderAccounts(accounts));
}

export function define(access: Command): void {
  const command = access.command('accounts').description('list who may log in on the page');
  withClient(command, 'bridgekeeper access accounts').action(runAccounts);
}
