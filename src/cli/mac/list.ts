import { type Command, Option } from 'commander';
import type { LeaseState, MacFilter } from '../../client/macs.ts';
import { parseMoment } from '../../model/moment.ts';
import { argument } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { printLeases } from '../render-leases.ts';

interface ListOptions extends MacOptions {
  owner?: string;
  segment?: string;
  pool?: string;
  inState?: (LeaseState | 'all')[];
  vendor?: string;
  guest?: string;
  older?: number;
  newer?: number;
  csv?: boolean;
}

const states = ['reserved', 'active', 'retiring', 'quarantined', 'free'] as const;

function filterOf(options: ListOptions): MacFilter {
  const { owner, segment, pool, vendor, guest, inState: wanted = [], older: before, newer: after } = options;
  const chosen = wanted.includes('all') ? states : wanted.filter((state): state is LeaseState => state !== 'all');
  const filter = { owner, segment, pool, vendor, guest, before, after };
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as MacFilter;
  return chosen.length === 0 ? given : { ...given, states: chosen };
}

async function runList(options: ListOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const count = await printLeases(client.macs.each(filterOf(options)), options);
    if (count === 0 && !options.json && !options.csv) process.stderr.write('No lease matches.\n');
  });
}

export function define(mac: Command): void {
  const time = argument((text: string) => parseMoment(text, Date.now()));
  const command = mac
    .command('list')
    .description('list leases, those of the site among them; as many as there are, in little memory')
    .option('--owner <label>', 'of this owner')
    .option('--segment <name>', 'in this segment')
    .option('--pool <name>', 'within the range of this pool')
    .option('--guest <name>', 'of this guest')
    .addOption(
      new Option('--in-state <state...>', 'in these states; default: all but free, which is history').choices([
        ...states,
        'all',
      ]),
    )
    .option('--vendor <text>', "part of the vendor's name, or how the address begins, such as 52:54:00")
    .option('--older <age>', 'begun before: 30d, "2 days ago" or 2026-11-20', time)
    .option('--newer <age>', 'begun at or after', time)
    .option('--csv', 'print the result as CSV');
  withMacClient(command, 'bridgekeeper mac list --owner team-a --older 30d --csv').action(runList);
}
