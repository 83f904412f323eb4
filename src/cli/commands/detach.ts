import type { Command } from 'commander';
import { parseLabel } from '../../model/names.ts';
import { argument, type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { printApplied } from '../render-change.ts';

interface DetachOptions extends ClientOptions {
  nic: number;
}

async function runDetach(guest: string, options: DetachOptions): Promise<void> {
  const client = await connect(options);
  await printApplied(await client.detach(guest, options.nic), options.json);
}

export function define(program: Command): void {
  const command = program
    .command('detach')
    .description("unplug a guest's NIC; it keeps its addresses")
    .argument('<guest>', 'name of the guest', argument(parseLabel))
    .option('--nic <number>', 'which of its NICs, counted from 0', wholeNumber(0), 0);
  withClient(command, 'bridgekeeper detach web1').action(runDetach);
}
