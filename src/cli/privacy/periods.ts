import type { Command } from 'commander';
import type { PeriodState } from '../../client/privacy.ts';
import { agreed } from '../ask.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson, renderTable } from '../output.ts';

function stateOf({ destroyed, current }: PeriodState): string {
  if (destroyed) return 'anonymous: its key was destroyed';
  return current ? 'current' : 'over: its key can be destroyed';
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function runPeriods(options: MacOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const periods = await client.privacy.periods();
    if (options.json) return printJson(periods);
    if (periods.length === 0) return print('No pseudonym was made yet.');
    const rows = periods.map((period) => [period.id, dayOf(period.start), dayOf(period.end), stateOf(period)]);
    print(...renderTable(['period', 'from', 'until', 'state'], rows));
  });
}

async function runForget(id: string, options: MacOptions & { yes?: boolean }): Promise<void> {
  await withDaemon(options, async (client) => {
    const question = `Nobody will ever know again whom the pseudonyms of period ${id} stand for.`;
    const refusal = 'privacy forget-period asks before it destroys a key, and there is nobody to ask: add --yes.';
    if (!(await agreed(options, question, refusal))) {
      process.exitCode = 1;
      return print('Nothing was changed.');
    }
    const period = await client.privacy.forgetPeriod(id);
    if (options.json) return printJson(period);
    print(`Period ${period.id} is anonymous for good.`);
  });
}

export function define(privacy: Command): void {
  const periods = privacy.command('periods').description('list the periods whose pseudonyms share a key');
  withMacClient(periods, 'bridgekeeper privacy periods').action(runPeriods);
  const forget = privacy
    .command('forget-period')
    .description('destroy the key of a period that is over: its pseudonyms are anonymous for good')
    .argument('<period>', 'such as 2026-11-03+30d')
    .option('--yes', 'do not ask');
  withMacClient(forget, 'bridgekeeper privacy forget-period 2026-11-03+30d').action(runForget);
}
