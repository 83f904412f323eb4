import type { Command } from 'commander';
import { agreed } from '../ask.ts';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { renderPlanLine } from '../render-change.ts';

interface DestroyOptions extends ClientOptions {
  yes?: boolean;
}

const question = 'This takes the gateway down and cuts off every guest.';
const refusal = 'destroy asks before it removes the gateway, and there is nobody to ask: add --yes.';

async function runDestroy(options: DestroyOptions): Promise<void> {
  if (!(await agreed(options, question, refusal))) {
    process.exitCode = 1;
    return print('Nothing was changed.');
  }
  const client = await connect(options);
  const result = await client.destroy();
  if (options.json) return printJson(result);
  print(...result.lines.map(renderPlanLine), 'The host is as it was found.');
}

export function define(program: Command): void {
  const command = program
    .command('destroy')
    .description('take the gateway down and leave the host exactly as it was found')
    .option('--yes', 'do not ask');
  withClient(command, 'bridgekeeper destroy --yes').action(runDestroy);
}
