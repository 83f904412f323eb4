import type { Command } from 'commander';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson } from '../output.ts';

async function runReturn(name: string, options: MacOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const result = await client.macs.giveBack(name);
    if (options.json) return printJson(result);
    print(`Pool "${name}" was given back, as revision ${result.revision.number}.`);
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('return')
    .description(
      'give a sub-pool back to its parent, or remove a pool that `mac pool add` made; refused while leases are held',
    )
    .argument('<name>', 'name of the pool');
  withMacClient(command, 'bridgekeeper mac return team-a').action(runReturn);
}
