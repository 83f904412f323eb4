import { type Command, Option } from 'commander';
import type { SeenFilter, SeenView } from '../../client/wire.ts';
import { parseMacAddress } from '../../model/mac-address.ts';
import { argument, wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson, renderTable, renderTime } from '../output.ts';
import { renderCsvRecord, renderNic } from '../render-leases.ts';

interface SeenOptions extends MacOptions {
  mac?: string;
  host?: string;
  device?: string;
  segment?: string;
  leased?: boolean;
  free?: boolean;
  limit: number;
  csv?: boolean;
}

const csvKeys = [
  'mac',
  'kind',
  'host',
  'device',
  'bridge',
  'segment',
  'ip',
  'firstAt',
  'lastAt',
  'count',
] as const satisfies readonly (keyof SeenView)[];

const times: ReadonlySet<string> = new Set(['firstAt', 'lastAt']);

const holderOf = ({ lease }: SeenView): string => {
  if (lease === undefined) return '-';
  const { id, guest, owner } = lease;
  const holder = guest === undefined ? (owner ?? `lease ${id}`) : renderNic(lease);
  return lease.state === 'quarantined' ? `${holder} (quarantined)` : holder;
};

const csvOf = (entry: SeenView): string =>
  renderCsvRecord([
    ...csvKeys.map((key) => (times.has(key) ? new Date(Number(entry[key])).toISOString() : entry[key])),
    entry.lease?.id,
  ]);

function filterOf({ mac, host, device, segment, leased, free, limit }: SeenOptions): SeenFilter {
  const given = { mac, host, device, segment, leased: leased ? true : free ? false : undefined };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), limit };
}

async function runSeen(options: SeenOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const list = await client.wire.seen(filterOf(options));
    if (options.json) return printJson(list);
    if (options.csv) return print(renderCsvRecord([...csvKeys, 'lease']), ...list.seen.map(csvOf));
    if (list.seen.length === 0) return print('Nothing like that was seen where no NIC of the site has it.');
    const rows = list.seen.map((entry) => [
      entry.mac,
      entry.kind,
      entry.device,
      entry.segment ?? entry.bridge ?? '-',
      entry.ip ?? '-',
      entry.host,
      renderTime(entry.lastAt),
      holderOf(entry),
    ]);
    print(...renderTable(['MAC', 'kind', 'port', 'segment', 'IP', 'host', 'last seen', 'leased by'], rows));
    if (list.total > list.seen.length) print(`… and ${list.total - list.seen.length} more (--limit shows more)`);
    for (const { host, device, count } of list.omitted) {
      print(`port "${device}" of host "${host}" showed ${count} more, which are not kept`);
    }
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('seen')
    .description('list MAC addresses that show up where no NIC of the site has them; those of nobody are never drawn')
    .option('--mac <mac>', 'only this address', argument(parseMacAddress))
    .option('--host <name>', 'only what this host showed')
    .option('--device <name>', 'only at this port or interface')
    .option('--segment <name>', 'only in this segment')
    .option('--leased', 'only addresses that somebody leases')
    .addOption(new Option('--free', 'only addresses that nobody leases').conflicts('leased'))
    .option('--limit <count>', 'so many, the newest first, at most 10000', wholeNumber(1, 10_000), 1_000)
    .option('--csv', 'print the result as CSV');
  withMacClient(command, 'bridgekeeper mac seen --free --segment dev').action(runSeen);
}
