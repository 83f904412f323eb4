import type { Command } from 'commander';
import { parseMacAddress } from '../../model/mac-address.ts';
import { argument } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plainLine, print, printJson, renderTime } from '../output.ts';

interface ConflictsOptions extends MacOptions {
  all?: boolean;
  mac?: string;
}

async function runConflicts(options: ConflictsOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const { all, mac } = options;
    const conflicts = await client.wire.conflicts({ ...(all ? { all } : {}), ...(mac === undefined ? {} : { mac }) });
    if (options.json) return printJson(conflicts);
    if (conflicts.length === 0) return print('No leased MAC address shows up at two places.');
    for (const { id, state, text, firstAt, lastAt } of conflicts) {
      print(`${id}  ${state}  ${renderTime(firstAt)} to ${renderTime(lastAt)}`, `   ${plainLine(text)}`);
    }
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('conflicts')
    .description('list leased MAC addresses that show up at a second port or host')
    .option('--all', 'those that are over, too')
    .option('--mac <mac>', 'only of this address', argument(parseMacAddress));
  withMacClient(command, 'bridgekeeper mac conflicts').action(runConflicts);
}
