import type { Command } from 'commander';
import type { MacDetails } from '../../client/macs.ts';
import { parseMacAddress } from '../../model/mac-address.ts';
import { argument } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plain, plainLine, print, printJson, renderTable, renderTime } from '../output.ts';
import { printSome, renderNic } from '../render-leases.ts';

function stateOf({ lease, pool }: MacDetails): string {
  if (lease === undefined) return pool?.reserved ? 'free, but never drawn: its pool reserves it' : 'free';
  if (lease.state === 'quarantined') return `quarantined until ${renderTime(lease.freeAt ?? 0)}`;
  return `${lease.state} since ${renderTime(lease.since)}`;
}

function factsOf(details: MacDetails): [string, string][] {
  const { kind, pool, lease } = details;
  const facts: [string, string | undefined][] = [
    ['kind', `${kind.cast}, ${kind.text}${kind.vendorRegistryOf ? `; IEEE registry of ${kind.vendorRegistryOf}` : ''}`],
    ['pool', pool === undefined ? 'in none' : `${pool.name} (${pool.range}, ${pool.strategy})`],
    ['state', stateOf(details)],
    ['NIC', lease?.guest === undefined ? undefined : renderNic(lease)],
    ['owner', lease?.owner],
    ['segment', lease?.segment],
    ['IPv4', lease?.ipv4],
    ['IPv6', lease?.ipv6],
    ['port', lease?.port],
    ['port block', lease?.portBlock],
    ['held by', lease && (lease.source === 'site' ? 'the site' : 'a request')],
    ['comment', lease?.comment],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function renderHistory({ history }: MacDetails): string[] {
  if (history.length === 0) return ['Nobody ever held it.'];
  const rows = history.map(({ since, releasedAt, state, comment = '', owner = '-', ...lease }) => [
    renderTime(since),
    releasedAt === undefined ? '-' : renderTime(releasedAt),
    state,
    renderNic(lease),
    owner,
    comment,
  ]);
  return renderTable(['from', 'until', 'state', 'NIC', 'owner', 'comment'], rows);
}

/** One paragraph for each thing that there is something to say of. */
function renderRest({ seen, conflicts, rotation, journal }: MacDetails): string[] {
  const paragraphs: [string, string[]][] = [
    ['Seen on the wire where no NIC of the site has it:', seen.map(renderSighting)],
    ['In conflict:', conflicts.map(({ text, state }) => `${text} (${state})`)],
    ['Rotation:', rotation === undefined ? [] : [renderRotation(rotation)]],
    [
      'Journal:',
      journal.map(({ at, kind, who, from, text }) => `${renderTime(at)}  ${kind}  ${text} (${who}, ${from})`),
    ],
  ];
  return paragraphs.flatMap(([heading, lines]) =>
    lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${plain(line)}`)],
  );
}

const renderSighting = ({ host, device, kind, ip, lastAt }: MacDetails['seen'][number]): string =>
  `${renderTime(lastAt)}  port "${device}" of host "${host}"${ip === undefined ? '' : ` with ${ip}`} (${kind})`;

const renderRotation = ({ guest, nic, phase, from, to }: MacDetails['rotation'] & {}): string =>
  `NIC ${renderNic({ guest, nic })} goes from ${from} to ${to ?? 'a new address'}: ${phase}`;

async function runShow(mac: string, options: MacOptions & { csv?: boolean }): Promise<void> {
  await withDaemon(options, async (client) => {
    const details = await client.macs.show(mac);
    if (options.json) return printJson(details);
    if (options.csv) return printSome(details.history, true);
    const facts = factsOf(details).map(([name, value]) => `${name.padEnd(10)}  ${plainLine(value)}`);
    print(details.mac, ...facts, '', ...renderHistory(details), ...renderRest(details));
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('show')
    .description('everything that is known of an address: its kind, pool, holder and history')
    .argument('<mac>', 'MAC address', argument(parseMacAddress))
    .option('--csv', 'print its history as CSV');
  withMacClient(command, 'bridgekeeper mac show 02:1a:3f:00:10:01').action(runShow);
}
