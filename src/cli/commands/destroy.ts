import type { Command } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { renderPlanLine } from '../render-change.ts';

interface DestroyOptions extends ClientOptions {
  yes?: boolean;
}

async function agreed(options: DestroyOptions): Promise<boolean> {
  if (options.yes) return true;
  if (options.json || !process.stdin.isTTY || !process.stderr.isTTY) {
    throw new AppError(
      'value-invalid',
      'destroy asks before it removes the gateway, and there is nobody to ask: add --yes.',
    );
  }
  const { createInterface } = await import('node:readline/promises');
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question('This takes the gateway down and cuts off every guest. Type "yes" to go on: ');
  dialogue.close();
  return answer.trim() === 'yes';
}

async function runDestroy(options: DestroyOptions): Promise<void> {
  if (!(await agreed(options))) {
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
