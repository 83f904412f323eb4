import { type Command, Option } from 'commander';
import { parseLabel } from '../../model/names.ts';
import type { AlertsOptions } from '../alerts/list.ts';
import * as silence from '../alerts/silence.ts';
import { argument, type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { plain, print, printJson } from '../output.ts';

const idArgument = wholeNumber(1, Number.MAX_SAFE_INTEGER);

async function runAcknowledge(id: number, options: ClientOptions & { reason: string }): Promise<void> {
  const client = await connect(options);
  const view = await client.alerts.acknowledge(id, options.reason);
  if (options.json) return printJson(view);
  print(plain(`Alert ${id} is acknowledged: it is not told again until it is over. ${view.text}`));
}

async function runSilences(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const silences = await client.alerts.silences();
  if (options.json) return printJson(silences);
  const { renderSilences } = await import('../alerts/render-alerts.ts');
  print(...(silences.length === 0 ? ['Nothing is silenced.'] : renderSilences(silences)));
}

async function runUnsilence(id: number, options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const view = await client.alerts.unsilence(id);
  if (options.json) return printJson(view);
  print(plain(`Silence ${id} has ended: ${view.reason}`));
}

async function runRules(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const rules = await client.alerts.rules();
  if (options.json) return printJson(rules);
  const { renderRules } = await import('../alerts/render-alerts.ts');
  print(...(rules.length === 0 ? ['Every rule is switched off.'] : renderRules(rules)));
}

async function runNotifiers(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const notifiers = await client.alerts.notifiers();
  if (options.json) return printJson(notifiers);
  const { renderNotifiers } = await import('../alerts/render-alerts.ts');
  const none = 'There is no notifier: alerts are shown here, and nobody is told. The site key is alerts.notifiers.';
  print(...(notifiers.length === 0 ? [none] : renderNotifiers(notifiers)));
}

async function runTest(name: string, options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const result = await client.alerts.test(name);
  if (!result.ok) process.exitCode = 1;
  if (options.json) return printJson(result);
  print(plain(result.text));
}

async function runList(options: AlertsOptions): Promise<void> {
  const { listAlerts } = await import('../alerts/list.ts');
  return listAlerts(options);
}

function defineVerbs(alerts: Command): void {
  const acknowledge = alerts
    .command('ack')
    .description('say that you look after an alert: it is not told again until it is over')
    .argument('<id>', 'number of the alert', idArgument)
    .requiredOption('--reason <text>', 'what is done about it; it stands in the journal');
  withClient(acknowledge, 'bridgekeeper alerts ack 12 --reason "on it"').action(runAcknowledge);
  silence.define(alerts);
  const silences = alerts.command('silences').description('list the silences that hold');
  withClient(silences, 'bridgekeeper alerts silences').action(runSilences);
  const unsilence = alerts
    .command('unsilence')
    .description('end a silence')
    .argument('<id>', 'number of the silence', idArgument);
  withClient(unsilence, 'bridgekeeper alerts unsilence 13').action(runUnsilence);
  const rules = alerts.command('rules').description('list the rules that hold, the default ones included');
  withClient(rules, 'bridgekeeper alerts rules').action(runRules);
  const notifiers = alerts.command('notifiers').description('list the notifiers, and how it stands with each');
  withClient(notifiers, 'bridgekeeper alerts notifiers').action(runNotifiers);
  const test = alerts
    .command('test')
    .description('send a test message with a notifier, and say how it went')
    .argument('<notifier>', 'name of the notifier', argument(parseLabel));
  withClient(test, 'bridgekeeper alerts test ops-mail').action(runTest);
}

export function define(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('show what somebody must know; acknowledge, silence, and see who is told');
  alerts
    .enablePositionalOptions()
    .option('--all', 'also those that may become alerts, and those that are over')
    .addOption(new Option('--state <state>', 'only in this state').choices(['pending', 'firing', 'resolved']))
    .option('--rule <name>', 'only of this rule', argument(parseLabel))
    .option('--guest <name>', 'only about this guest', argument(parseLabel))
    .option('--csv', 'print the result as CSV');
  withClient(alerts, 'bridgekeeper alerts --all --guest web1').action(runList);
  defineVerbs(alerts);
}
