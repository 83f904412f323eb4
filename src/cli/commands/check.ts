import type { Command } from 'commander';
import { exitStatus, renderAnswer, type Thresholds } from '../check/answer.ts';
import { checkList } from '../check/check-list.ts';
import { parseRange, type Range } from '../check/range.ts';
import { runCheck } from '../check/run-check.ts';
import { argument, type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface CheckOptions extends ClientOptions {
  warning?: Range;
  critical?: Range;
  timeout: number;
}

async function run(what: string, name: string | undefined, options: CheckOptions): Promise<void> {
  const { warning, critical, timeout } = options;
  const given: Thresholds = { ...(warning ? { warning } : {}), ...(critical ? { critical } : {}) };
  const answer = await runCheck(() => connect(options), {
    what,
    given,
    timeout,
    ...(name === undefined ? {} : { name }),
  });
  if (options.json) printJson(answer);
  else print(...renderAnswer(answer));
  // A daemon that does not answer would keep this process waiting.
  process.stdout.write('', () => process.exit(exitStatus[answer.state]));
}

function list(): string {
  const lines = Object.entries(checkList).map(([what, { about, name, warning, critical }]) => {
    const thresholds = [
      warning === undefined ? [] : [`--warning ${warning}`],
      critical === undefined ? [] : [`--critical ${critical}`],
    ].flat();
    const words = name === undefined ? what : `${what} [${name}]`;
    return `  ${words.padEnd(23)} ${about}${thresholds.length === 0 ? '' : ` (${thresholds.join(' ')})`}`;
  });
  return ['\nChecks, with their thresholds unless others are given:', ...lines].join('\n');
}

export function define(program: Command): void {
  const command = program
    .command('check')
    .argument('<what>', 'what to look at; see below')
    .argument('[name]', 'only this guest, pool or service')
    .description('a plugin for Nagios, Icinga and others: one line, performance data, exit status 0 to 3')
    .option(
      '-w, --warning <range>',
      'WARNING unless it is in this range: 80%, 10:, 10:20, @10:20',
      argument(parseRange),
    )
    .option('-c, --critical <range>', 'CRITICAL unless it is in this range', argument(parseRange))
    .option('-t, --timeout <seconds>', 'UNKNOWN when there is no answer by then', wholeNumber(1, 600), 10)
    .addHelpText('after', list)
    .addHelpText('after', '\nExit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (no answer, or wrong arguments).');
  withClient(command, 'bridgekeeper check sessions --warning 80% --critical 95%').action(run);
}
