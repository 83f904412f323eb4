import type { Command } from 'commander';
import type { CarveRequest } from '../../client/macs.ts';
import { wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson } from '../output.ts';

interface CarveOptions extends MacOptions, Omit<CarveRequest, 'name'> {}

async function runCarve(parent: string, name: string, options: CarveOptions): Promise<void> {
  const { size, range, owner, segment, host } = options;
  const request = {
    name,
    ...(size === undefined ? {} : { size }),
    ...(range === undefined ? {} : { range }),
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(host === undefined ? {} : { host }),
  };
  await withDaemon(options, async (client) => {
    const answer = await client.macs.carve(parent, request);
    if (options.json) return printJson(answer);
    const { pool, revision } = answer;
    const at = revision === undefined ? '' : ` (revision ${revision.number})`;
    print(`Sub-pool "${name}" of "${parent}" is ${pool.range}, ${pool.size} addresses${at}.`);
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('carve')
    .description('make a sub-pool out of a part of a pool that nobody else uses')
    .argument('<pool>', 'pool to carve it out of')
    .argument('<name>', 'name of the sub-pool')
    .option(
      '--size <number>',
      'addresses, rounded up to a power of two: the lowest free part of that size',
      wholeNumber(1, 2 ** 40),
    )
    .option('--range <range>', 'instead of a size: this very part')
    .option('--owner <label>', 'for the guests of this owner')
    .option('--segment <name>', 'for the NICs in this segment')
    .option('--host <label>', 'for the guests on this host');
  withMacClient(command, 'bridgekeeper mac carve default team-a --size 4096 --owner team-a').action(runCarve);
}
