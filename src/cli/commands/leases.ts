import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson, renderTable } from '../output.ts';

async function runLeases(options: ClientOptions): Promise<void> {
  const client = await connect(options);
  const leases = await client.leases();
  if (options.json) return printJson(leases);
  if (leases.length === 0) return print('No leases yet: no guest has a NIC.');
  const headings = ['NIC', 'segment', 'MAC', 'IPv4', 'IPv6', 'port', 'share', 'port block', 'owner'];
  const rows = leases.map((lease) => [
    `${lease.guest}/${lease.nic}`,
    lease.segment,
    lease.mac,
    lease.ipv4,
    lease.ipv6 ?? '-',
    lease.port === undefined ? '-' : `${lease.port}${lease.attached ? '' : ' (absent)'}`,
    lease.share,
    lease.portBlock,
    lease.owner ?? '-',
  ]);
  print(...renderTable(headings, rows));
}

export function define(program: Command): void {
  const command = program.command('leases').description('list which NIC holds which MAC, IP addresses and port block');
  withClient(command, 'bridgekeeper leases --json').action(runLeases);
}
