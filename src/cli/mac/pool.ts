import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import { AppError } from '../../errors/app-error.ts';
import { parseMacRange } from '../../model/mac-range.ts';
import { parseLabel } from '../../model/names.ts';
import { argument, wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson } from '../output.ts';

interface AddOptions extends MacOptions {
  strategy?: string;
  quarantine?: string;
  reserved?: string[];
  warnings?: number[];
  acknowledgeVendor?: string;
}

/** Settings that a pool has already, so that who changes one does not lose the others. Refuses the name of a sub-pool. */
async function settingsOf(client: Client, name: string): Promise<object> {
  const pool = (await client.objects('pool')).find((candidate) => candidate.name === name);
  const { name: _, ...body } = (pool?.body ?? {}) as Record<string, unknown>;
  if (!('parent' in body)) return body;
  throw new AppError(
    'conflict',
    `Pool "${name}" is a sub-pool of "${body.parent}"; expected another name, or \`mac return ${name}\` before`,
  );
}

async function runAdd(name: string, range: { text: string }, options: AddOptions): Promise<void> {
  const { strategy, quarantine, reserved, warnings, acknowledgeVendor } = options;
  const body = {
    range: range.text,
    ...(strategy === undefined ? {} : { strategy }),
    ...(quarantine === undefined ? {} : { quarantine }),
    ...(reserved === undefined ? {} : { reserved }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(acknowledgeVendor === undefined ? {} : { 'acknowledge-vendor': acknowledgeVendor }),
  };
  await withDaemon(
    options,
    async (client) => {
      const result = await client.putObject('pool', name, { ...(await settingsOf(client, name)), ...body });
      if (options.json) return printJson(result);
      print(`Pool "${name}" (${range.text}) stands, as revision ${result.revision.number}.`);
    },
    true,
  );
}

const percentages = (text: string, before: number[] = []): number[] => [...before, wholeNumber(1, 100)(text)];

export function define(mac: Command): void {
  const pool = mac
    .command('pool')
    .description('make pools without a site file; `mac return` removes them')
    .addHelpText('after', '\nExample:\n  bridgekeeper mac pool add default 02:1a:3f:00:00:00/24');
  const command = pool
    .command('add')
    .description('make a pool, or change one that was made so: what is not named here stays as it is')
    .argument('<name>', 'its name', argument(parseLabel))
    .argument('<range>', 'aligned prefix or first-last', argument(parseMacRange))
    .addOption(
      new Option('--strategy <name>', 'how an address is chosen; default: random').choices([
        'random',
        'sequential',
        'hashed',
        'cycle',
      ]),
    )
    .option('--quarantine <duration>', 'how long an address rests after its release; default: 30m')
    .option('--reserved <address...>', 'addresses and ranges that are never drawn')
    .option('--warnings <percent...>', 'fill at which it warns; default: 80 95', percentages)
    .option('--acknowledge-vendor <why>', "why a range under somebody's OUI may be used");
  withMacClient(command, 'bridgekeeper mac pool add default 02:1a:3f:00:00:00/24 --strategy cycle').action(runAdd);
}
