import type { Command } from 'commander';
import type { PoolView } from '../../client/macs.ts';
import { renderDuration } from '../../model/quantity.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { paint, plain, print, printJson, renderTable, renderTime } from '../output.ts';
import { poolsInOrder } from '../pools-in-order.ts';
import { renderCsvRecord } from '../render-leases.ts';

const headings = ['pool', 'range', 'strategy', 'quarantine', '>held', '>resting', '>free', '>fill', 'for', 'kind'];

function purposeOf({ owner, segment, host, parent }: PoolView): string {
  if (owner !== undefined) return `owner ${owner}`;
  if (segment !== undefined) return `segment ${segment}`;
  if (host !== undefined) return `host ${host}`;
  return parent === undefined ? '-' : 'who names it';
}

/** Universal ones by whose they are; all that is known of an address is in `mac show`. */
const kindOf = ({ kind }: PoolView): string =>
  kind.scope === 'local' ? `local, ${kind.quadrant}` : `universal, ${kind.vendor ?? 'of nobody'}`;

function renderPools(pools: readonly PoolView[]): string[] {
  const rows = poolsInOrder(pools, ({ name }) => name).map(({ pool, title }) => [
    title,
    pool.range,
    pool.strategy,
    renderDuration(pool.quarantine),
    String(pool.held),
    String(pool.quarantined),
    pool.nextFreeAt === undefined ? String(pool.free) : `0, next ${renderTime(pool.nextFreeAt)}`,
    `${pool.percent} %`,
    purposeOf(pool),
    kindOf(pool),
  ]);
  return renderTable(headings, rows);
}

const csvKeys = [
  'name',
  'parent',
  'range',
  'strategy',
  'quarantine',
  'owner',
  'segment',
  'host',
  'size',
  'reserved',
  'carved',
  'held',
  'quarantined',
  'free',
  'percent',
] as const satisfies readonly (keyof PoolView)[];

async function runPools(options: MacOptions & { csv?: boolean }): Promise<void> {
  await withDaemon(options, async (client) => {
    const pools = await client.macs.pools();
    if (options.json) return printJson(pools);
    if (options.csv) {
      const records = pools.map((pool) => renderCsvRecord(csvKeys.map((key) => pool[key])));
      return print(renderCsvRecord(csvKeys), ...records);
    }
    if (pools.length === 0)
      return print('There is no pool yet; `bridgekeeper mac pool add default 02:1a:3f:00:00:00/24` makes one.');
    print(...renderPools(pools));
    for (const warning of pools.flatMap((pool) => pool.warnings)) {
      process.stderr.write(`${paint('yellow', 'warning')}: ${plain(warning)}\n`);
    }
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('pools')
    .description('list the pools and how full they are; sub-pools under their parents')
    .option('--csv', 'print the result as CSV; the quarantine in seconds');
  withMacClient(command, 'bridgekeeper mac pools').action(runPools);
}
