import { type Command, InvalidArgumentError, Option } from 'commander';
import { type MacRange, parseMacRange } from '../../model/mac-range.ts';
import { parseDuration, renderDuration } from '../../model/quantity.ts';
import { type ChangeRate, parseChangeRate } from '../../simulate/change-rate.ts';
import type { CloudPlan } from '../../simulate/cloud-plan.ts';
import type { CloudReport } from '../../simulate/simulate-cloud.ts';
import { argument, type JsonOption, wholeNumber, withJson } from '../command-options.ts';
import { print, printJson, renderTable } from '../output.ts';

interface SimulateOptions extends JsonOption {
  nics: number;
  pool: MacRange;
  strategy: CloudPlan['strategy'];
  churn: ChangeRate;
  growth?: ChangeRate;
  quarantine: number;
  dhcpLease: number;
  years: number;
  seed: number;
}

/** Rows of the table of the fill. */
const fillRows = 12;

const strategies: readonly CloudPlan['strategy'][] = ['random', 'sequential', 'hashed', 'cycle'];

const count = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (part: number, whole: number): string => `${whole === 0 ? 0 : ((part / whole) * 100).toFixed(1)} %`;

/** `45 min`, `29.0 h`, `47.0 days`. */
function renderStretch(seconds: number): string {
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

function renderSimulation(plan: CloudPlan, report: CloudReport): string[] {
  const { leases, releases, duplicates, luck, reuse, exhausted, size, fill } = report;
  const growth = plan.growth === undefined ? '' : `, growth ${plan.growth.text}`;
  const lines = [
    `${count(plan.nics)} NICs in ${plan.range.text} (${count(size)} addresses), strategy ${plan.strategy}, churn ${plan.churn.text}${growth}, quarantine ${plan.quarantine === 0 ? 'none' : renderDuration(plan.quarantine)}, ${plan.years} ${plan.years === 1 ? 'year' : 'years'}, seed ${plan.seed}`,
    '',
    `leases      ${count(leases)}, of which ${count(releases)} ended`,
    `duplicates  ${count(duplicates)}`,
    `            with 24 random bits and hope: ${count(luck.collisions)} (by calculation ${count(luck.expected)}); at the end ${count(luck.sharing)} NICs would share an address`,
    `reuse       ${renderReuse(reuse)}`,
  ];
  if (reuse.again > 0 && plan.dhcpLease > 0) {
    lines.push(
      `            ${count(reuse.insideDhcpLease)} of them (${percent(reuse.insideDhcpLease, reuse.again)}) inside a DHCP lease of ${renderDuration(plan.dhcpLease)}`,
    );
  }
  if (reuse.watched < 1) lines.push(`            (watched on 1 of ${count(1 / reuse.watched)} addresses)`);
  lines.push(`exhausted   ${exhausted === undefined ? 'never' : renderExhausted(exhausted)}`, '');
  const step = Math.max(1, Math.ceil((fill.length - 1) / fillRows));
  const rows = fill
    .filter((_, index) => index % step === 0 || index === fill.length - 1)
    .map(({ day, held, quarantined, collisions }) => [
      day.toFixed(0),
      count(held),
      count(quarantined),
      percent(held + quarantined, size),
      count(collisions),
    ]);
  return [...lines, ...renderTable(['>day', '>held', '>resting', '>fill', '>collisions with luck'], rows)];
}

function renderReuse({ again, min, p1, median }: CloudReport['reuse']): string {
  if (min === undefined || p1 === undefined || median === undefined) return 'no address was used again';
  return `${count(again)} leases of an address that somebody had before: after ${renderStretch(min)} at the earliest, 1 % within ${renderStretch(p1)}, half within ${renderStretch(median)}`;
}

function renderExhausted({ day, waiting }: NonNullable<CloudReport['exhausted']>): string {
  return `for the first time after ${renderStretch(day * 86_400)}; at the end ${count(waiting)} NICs wait for an address`;
}

async function runSimulate(options: SimulateOptions): Promise<void> {
  const { simulateCloud } = await import('../../simulate/simulate-cloud.ts');
  const { nics, pool, strategy, churn, growth, quarantine, dhcpLease, years, seed } = options;
  const plan: CloudPlan = { nics, range: pool, strategy, churn, quarantine, dhcpLease, years, seed };
  const grown = growth === undefined ? plan : { ...plan, growth };
  const report = simulateCloud(grown, process.stderr.isTTY ? (day) => showProgress(day, years) : undefined);
  if (!options.json) return print(...renderSimulation(grown, report));
  printJson({
    plan: { ...grown, range: pool.text, churn: churn.text, ...(growth === undefined ? {} : { growth: growth.text }) },
    ...report,
  });
}

/** One line on the terminal that is written over, and gone at the end. */
function showProgress(day: number, years: number): void {
  const days = years * 365;
  process.stderr.write(day >= days ? '\r\u001b[K' : `\rday ${day.toFixed(0)} of ${days.toFixed(0)}`);
}

/** `30m`, or `0s` for none. */
const stretch = (text: string): number => (text === '0s' ? 0 : parseDuration(text));

function years(text: string): number {
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(text) || Number(text) === 0) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not a number of years below 1000 such as "3" or "0.5".`);
  }
  return Number(text);
}

/** An option with a default that help shows as it would be written. */
function option<T>(flags: string, description: string, parse: (text: string) => T, preset: string): Option {
  return new Option(flags, description).argParser(parse).default(parse(preset), preset);
}

export function define(mac: Command): void {
  const command = mac
    .command('simulate')
    .description(
      'play a cloud over years: does the pool last, how soon is an address used again, what would luck do; needs no daemon',
    )
    .addOption(option('--nics <number>', 'NICs at the same time', wholeNumber(1), '10000'))
    .addOption(option('--pool <range>', 'range of the pool', argument(parseMacRange), '02:1a:3f:00:00:00/24'))
    .addOption(new Option('--strategy <name>', 'strategy of the pool').choices(strategies).default('random'))
    .addOption(
      option('--churn <rate>', 'NICs that end and are replaced: 2%/day, 500/hour', argument(parseChangeRate), '1%/day'),
    )
    .option('--growth <rate>', 'NICs that come on top: 20%/year, 1000/day', argument(parseChangeRate))
    .addOption(
      option('--quarantine <time>', 'how long an address rests after its release; 0s: not', argument(stretch), '30m'),
    )
    .addOption(
      option('--dhcp-lease <time>', 'how long a guest that is gone may use its addresses', argument(stretch), '1d'),
    )
    .addOption(option('--years <number>', 'how long', years, '1'))
    .addOption(option('--seed <number>', 'the same seed plays the same cloud', wholeNumber(0), '1'));
  withJson(
    command,
    'bridgekeeper mac simulate --nics 1000000 --pool 02:1a:3f:00:00:00/24 --strategy cycle --churn 2%/day --years 3',
  ).action(runSimulate);
}
