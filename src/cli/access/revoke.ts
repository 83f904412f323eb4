import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { plain, print, printJson } from '../output.ts';

async function runRevoke(ids: string[], options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const revoked = [];
  for (const id of ids) revoked.push(await client.access.revoke(id));
  if (options.json) return printJson(revoked);
  for (const { id, kind, name } of revoked) print(`The ${kind} ${id} of ${plain(name)} lets nobody in any more.`);
}

export function define(access: Command): void {
  const command = access
    .command('revoke')
    .description('revoke tokens or certificates at once; what is open for them is cut')
    .argument('<id...>', 'as `bridgekeeper access list` names them');
  withClient(command, 'bridgekeeper access revoke tcpgv3k9rd9ku').action(runRevoke);
}
