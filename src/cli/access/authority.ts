import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { printJson } from '../output.ts';

async function runAuthority(options: ClientOptions): Promise<void> {
  const authority = await (await connect(options)).access.authority();
  if (options.json) printJson(authority);
  else process.stdout.write(authority.certificate);
}

export function define(access: Command): void {
  const command = access
    .command('authority')
    .description("print the certificate of the daemon's own authority, for --ca and for browsers");
  withClient(command, 'sudo bridgekeeper access authority > bridgekeeper-ca.pem').action(runAuthority);
}
