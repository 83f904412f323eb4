import type { Command } from 'commander';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { parseMacOrNic } from '../nic-argument.ts';
import { printLeased } from './lease.ts';

interface ReserveOptions extends MacOptions {
  comment?: string;
  owner?: string;
  pool?: string;
  segment?: string;
}

async function runReserve(what: string[], options: ReserveOptions): Promise<void> {
  const { comment, owner, pool, segment } = options;
  const common = {
    ...(comment === undefined ? {} : { comment }),
    ...(owner === undefined ? {} : { owner }),
    ...(pool === undefined ? {} : { pool }),
    ...(segment === undefined ? {} : { segment }),
  };
  const items = what.map(parseMacOrNic);
  await withDaemon(
    options,
    async (client) => printLeased(await client.macs.lease({ ...common, state: 'reserved', items }), options),
    true,
  );
}

export function define(mac: Command): void {
  const command = mac
    .command('reserve')
    .description('keep addresses for later: nobody gets them until they are leased by their NIC or released')
    .argument(
      '<what...>',
      'MAC address that is never drawn and only goes to a NIC that names it, or NIC that one is kept for',
    )
    .option('--comment <text>', 'why')
    .option('--owner <label>', 'whose it is')
    .option('--pool <name>', 'pool that the address of a NIC comes from')
    .option('--segment <name>', 'segment of the NIC');
  withMacClient(command, 'bridgekeeper mac reserve 02:1a:3f:00:00:01 --comment "the old printer"').action(runReserve);
}
