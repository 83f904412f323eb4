import type { Command } from 'commander';
import type { InterfaceName } from '../../model/names.ts';
import { parseInterfaceName } from '../../model/names.ts';
import { argument, type JsonOption, withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface InitOptions extends JsonOption {
  output: string;
  uplink?: InterfaceName;
}

async function runInit({ output, uplink, json }: InitOptions): Promise<void> {
  const { writeFirstSite } = await import('../../init/write-first-site.ts');
  const { renderNextSteps } = await import('../../init/next-steps.ts');
  const first = await writeFirstSite({ output, ...(uplink === undefined ? {} : { uplink }) });
  if (output === '-') process.stdout.write(first.text);
  else if (json) printJson(first.summary);
  else print(...renderNextSteps(first.summary));
}

export function define(program: Command): void {
  const command = program
    .command('init')
    .description('look at this host and write a first site file for it; changes nothing else, overwrites nothing')
    .option('--output <file>', 'file to write, or - for stdout', 'site.yaml')
    .option(
      '--uplink <interface>',
      'interface that leads to the world, if not that of the default route',
      argument(parseInterfaceName),
    );
  withJson(command, 'sudo bridgekeeper init --output site.yaml').action(runInit);
}
