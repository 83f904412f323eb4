import type { Command } from 'commander';
import { parseInterfaceName, parseLabel } from '../../model/names.ts';
import { argument, type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { printApplied } from '../render-change.ts';

interface AttachOptions extends ClientOptions {
  nic: number;
}

async function runAttach(guest: string, port: string, options: AttachOptions): Promise<void> {
  const client = await connect(options);
  await printApplied(await client.attach(guest, options.nic, port), options.json);
}

export function define(program: Command): void {
  const command = program
    .command('attach')
    .description("plug a guest's NIC into a host-side device (tap, veth)")
    .argument('<guest>', 'name of the guest', argument(parseLabel))
    .argument('<port>', 'host-side device', argument(parseInterfaceName))
    .option('--nic <number>', 'which of its NICs, counted from 0', wholeNumber(0), 0);
  withClient(command, 'bridgekeeper attach web1 vnet3').action(runAttach);
}
