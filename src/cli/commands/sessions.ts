import { type Command, Option } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { guestOrders, sessionOrders } from '../../model/session-words.ts';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { type FilterOptions, filterOf, withFilter } from '../sessions/filter-options.ts';
import type { KillOptions } from '../sessions/kill.ts';

interface SessionsOptions extends ClientOptions, FilterOptions {
  by?: 'guest';
  sort?: string;
  limit: number;
  once?: boolean;
  csv?: boolean;
}

/** The order that was asked for, if it is one of these. */
function orderOf<Order extends string>(sort: string | undefined, orders: readonly Order[]): { sort?: Order } {
  if (sort === undefined) return {};
  const order = orders.find((one) => one === sort);
  if (order !== undefined) return { sort: order };
  throw new AppError('value-invalid', `--sort ${sort} has no meaning here; expected ${orders.join(', ')}.`);
}

async function runSessions(options: SessionsOptions): Promise<void> {
  const filter = filterOf(options);
  const byGuest = options.by === 'guest';
  const order = byGuest ? orderOf(options.sort, guestOrders) : orderOf(options.sort, sessionOrders);
  const client = await connect(options);
  const { json, csv, once } = options;
  if (!json && !csv && !once && process.stdin.isTTY && process.stdout.isTTY) {
    const { watchSessions } = await import('../sessions/watch-sessions.ts');
    return watchSessions(client, { filter, byGuest, ...order });
  }
  const { printGuests, printSessions } = await import('../sessions/print-sessions.ts');
  if (byGuest)
    return printGuests(client, { ...filter, ...orderOf(options.sort, guestOrders), limit: options.limit }, options);
  return printSessions(client, { ...filter, ...orderOf(options.sort, sessionOrders), limit: options.limit }, options);
}

async function runKill(options: KillOptions): Promise<void> {
  const kill = await import('../sessions/kill.ts');
  return kill.runKill(options);
}

export function define(program: Command): void {
  const sessions = program.command('sessions').description("watch the open sessions of the site's guests, or end some");
  withFilter(sessions.enablePositionalOptions())
    .addOption(new Option('--by <what>', 'sums for each guest instead of sessions').choices(['guest']))
    .addOption(
      new Option('--sort <order>', 'the largest first (default bytes); age: the oldest').choices([
        ...new Set([...sessionOrders, ...guestOrders]),
      ]),
    )
    .option('--limit <count>', 'so many at most, up to 10000', wholeNumber(1, 10_000), 100)
    .option('--once', 'print a table and end, also on a terminal')
    .option('--csv', 'print the result as CSV');
  withClient(sessions, 'bridgekeeper sessions --guest web1 --protocol tcp --sort age').action(runSessions);
  const kill = withFilter(
    sessions.command('kill').description('end open sessions; tells first which, then asks'),
  ).option('--yes', 'do not ask');
  withClient(kill, 'bridgekeeper sessions kill --guest web1 --peer 198.51.100.0/24').action(runKill);
}
