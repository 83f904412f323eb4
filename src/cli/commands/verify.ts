import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { paint, print, printJson, renderTable } from '../output.ts';

async function runVerify(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const result = await client.verify();
  const failed = result.checks.filter((check) => !check.ok).length;
  // A check that does not hold is the answer, not an error, but scripts must see it.
  if (failed > 0) process.exitCode = 1;
  if (options.json) return printJson(result);
  if (result.checks.length === 0) return print('Nothing is declared yet, so there is nothing to verify.');
  const rows = result.checks.map((check) => [check.ok ? 'ok' : 'FAILED', check.name, check.expected, check.seen]);
  print(...renderTable(['', 'check', 'expected', 'seen'], rows));
  const summary =
    failed === 0
      ? `All ${result.checks.length} checks hold.`
      : `${failed} of ${result.checks.length} checks do not hold.`;
  print(paint(failed === 0 ? 'green' : 'red', summary, process.stdout));
}

export function define(program: Command): void {
  const command = program.command('verify').description('look at the host and prove that what is declared is so');
  withClient(command, 'bridgekeeper verify && echo all is well').action(runVerify);
}
