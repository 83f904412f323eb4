import type { Command } from 'commander';
import type { PoolCapacity } from '../../client/macs.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson, renderTable } from '../output.ts';
import { poolsInOrder } from '../pools-in-order.ts';

const headings = [
  'pool',
  '>addresses',
  '>held',
  '>resting',
  '>free',
  '>fill',
  '>a day',
  '>full in',
  '>last 7 days',
  '>full in',
];

type Growth = PoolCapacity['overall'];

const renderRate = (growth: Growth): string =>
  growth === undefined ? '-' : `${growth.perDay > 0 ? '+' : ''}${growth.perDay.toFixed(1)}`;

function renderDays(growth: Growth): string {
  const days = growth?.daysUntilFull;
  if (days === undefined) return '-';
  if (days === 0) return 'full';
  return days < 1 ? 'less than a day' : days > 36_500 ? 'over 100 years' : `${Math.floor(days)} days`;
}

function renderCapacity(pools: readonly PoolCapacity[]): string[] {
  const rows = poolsInOrder(pools, ({ pool }) => pool).map(({ pool, title }) => rowOf(title, pool));
  return renderTable(headings, rows);
}

function rowOf(title: string, capacity: PoolCapacity): string[] {
  const { size, held, quarantined, free, percent, overall, recent } = capacity;
  return [
    title,
    String(size),
    String(held),
    String(quarantined),
    String(free),
    `${percent.toFixed(1)} %`,
    renderRate(overall),
    renderDays(overall),
    renderRate(recent),
    renderDays(recent),
  ];
}

async function runCapacity(options: MacOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const pools = await client.macs.capacity();
    if (options.json) printJson(pools);
    else if (pools.length === 0) print('There is no pool yet.');
    else print(...renderCapacity(pools));
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('capacity')
    .description(
      'how full pools are, how they fill, and when they will be full (by the last year and the last 7 days)',
    );
  withMacClient(command, 'bridgekeeper mac capacity').action(runCapacity);
}
