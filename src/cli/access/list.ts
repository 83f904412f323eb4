import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

async function runList(options: ClientOptions): Promise<void> {
  const proofs = await (await connect(options)).access.list();
  if (options.json) return printJson(proofs);
  const { renderProofs } = await import('./proofs.ts');
  print(...renderProofs(proofs));
}

export function define(access: Command): void {
  const command = access.command('list').description('list tokens and certificates, newest first');
  withClient(command, 'bridgekeeper access list').action(runList);
}
