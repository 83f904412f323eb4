import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

async function runStatus(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const status = await client.status();
  if (options.json) return printJson(status);
  const { renderStatus } = await import('../render-status.ts');
  print(...renderStatus(status));
}

export function define(program: Command): void {
  const command = program.command('status').description('show the gateway at a glance, on one screen');
  withClient(command, 'bridgekeeper status').action(runStatus);
}
