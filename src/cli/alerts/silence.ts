import type { Command } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { argument, type ClientOptions, connect, durationBetween, withClient } from '../command-options.ts';
import { plain, print, printJson, renderTime } from '../output.ts';

interface SilenceOptions extends ClientOptions {
  rule?: string;
  guest?: string;
  segment?: string;
  owner?: string;
  everything?: boolean;
  for: number;
  reason: string;
}

async function runSilence(options: SilenceOptions): Promise<void> {
  const { rule, guest, segment, owner, everything } = options;
  const chosen = [rule, guest, segment, owner].some((one) => one !== undefined);
  if (chosen === (everything ?? false)) {
    throw new AppError(
      'value-invalid',
      'What shall be silenced is not clear; expected one or more of --rule, --guest, --segment and --owner, or --everything.',
    );
  }
  const client = await connect(options);
  const view = await client.alerts.silence({
    ...(rule === undefined ? {} : { rule }),
    ...(guest === undefined ? {} : { guest }),
    ...(segment === undefined ? {} : { segment }),
    ...(owner === undefined ? {} : { ofOwner: owner }),
    seconds: options.for,
    reason: options.reason,
  });
  if (options.json) return printJson(view);
  print(
    plain(`Silence ${view.id} holds until ${renderTime(view.until)}: alerts that fit are shown, but nobody is told.`),
    `End it with: bridgekeeper alerts unsilence ${view.id}`,
  );
}

export function define(alerts: Command): void {
  const command = alerts
    .command('silence')
    .description('tell nobody of alerts that fit, for a time')
    .option('--rule <name>', 'only of this rule', argument(parseLabel))
    .option('--guest <name>', 'only about this guest', argument(parseLabel))
    .option('--segment <name>', 'only in this segment', argument(parseLabel))
    .option('--owner <label>', 'only about guests of this owner', argument(parseLabel))
    .option('--everything', 'all alerts')
    .requiredOption('--for <duration>', 'how long: 1m to 90d', durationBetween('1m', '90d'))
    .requiredOption('--reason <text>', 'why; it stands in the journal');
  withClient(command, 'bridgekeeper alerts silence --segment dev --for 2h --reason "maintenance"').action(runSilence);
}
