import type { Command } from 'commander';
import type { MacHolder, MacLease } from '../../client/macs.ts';
import { parseMacAddress } from '../../model/mac-address.ts';
import { parseMoment } from '../../model/moment.ts';
import { argument } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plainLine, print, printJson, renderTime } from '../output.ts';
import { printSome, renderNic } from '../render-leases.ts';

interface WhoOptions extends MacOptions {
  at?: number;
  csv?: boolean;
}

function renderHolder(lease: MacLease): string {
  const { guest, owner, segment, ipv4, ipv6, comment } = lease;
  const holder =
    guest === undefined ? (owner === undefined ? `lease ${lease.id}` : `owner "${owner}"`) : `NIC ${renderNic(lease)}`;
  const rest = [
    guest !== undefined && owner !== undefined ? `of owner "${owner}"` : undefined,
    segment === undefined ? undefined : `in segment ${segment}`,
    ipv4 === undefined ? undefined : `with ${[ipv4, ipv6].filter((ip) => ip !== undefined).join(' and ')}`,
    comment === undefined ? undefined : `(${comment})`,
  ];
  return plainLine([holder, ...rest.filter((part) => part !== undefined)].join(' '));
}

function renderWho({ mac, at, lease, before, after }: MacHolder, now: boolean): string[] {
  const when = now ? 'now' : `at ${renderTime(at)}`;
  if (lease !== undefined)
    return [`${mac} ${when}: ${renderHolder(lease)}, ${lease.state} since ${renderTime(lease.since)}`];
  return [
    `${mac} ${when}: nobody`,
    ...(before === undefined ? [] : [`  until ${renderTime(before.releasedAt ?? 0)}: ${renderHolder(before)}`]),
    ...(after === undefined ? [] : [`  from ${renderTime(after.since)}: ${renderHolder(after)}`]),
  ];
}

async function runWho(mac: string, options: WhoOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const holder = await client.macs.who(mac, options.at);
    if (options.json) return printJson(holder);
    if (options.csv) return printSome(holder.lease === undefined ? [] : [holder.lease], true);
    print(...renderWho(holder, options.at === undefined));
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('who')
    .description('who holds an address, or held it at a time')
    .argument('<mac>', 'MAC address', argument(parseMacAddress))
    .option(
      '--at <time>',
      'such as 2026-11-20T14:32, "2 days ago" or 3h',
      argument((text: string) => parseMoment(text, Date.now())),
    )
    .option('--csv', 'print the lease as CSV; nothing below the heading when nobody holds it');
  withMacClient(command, 'bridgekeeper mac who 02:1a:3f:00:10:01 --at "2 days ago"').action(runWho);
}
