import type { Command } from 'commander';
import type { OwnerRecord } from '../../client/privacy.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plainLine, print, renderTime } from '../output.ts';

const headings: Readonly<Record<OwnerRecord['record'], string>> = {
  guest: 'Guests',
  object: 'Objects of the site, in the revisions from and to',
  lease: 'Leases',
  'port-block': 'Port blocks',
  holding: 'What NICs held, and when',
  rotation: 'Rotations',
  request: 'Request keys',
  seen: 'Seen on the wire',
  journal: 'Journal',
};

const span = (from: number, to: number | undefined): string =>
  `${renderTime(from)} to ${to === undefined ? 'now' : renderTime(to)}`;

function lineOf(record: OwnerRecord): string {
  switch (record.record) {
    case 'guest':
      return `${record.name}${record.standing ? '' : ' (not in the site any more)'}`;
    case 'object':
      return `${record.kind} ${record.name}, ${record.first} to ${record.last ?? 'now'}: ${JSON.stringify(record.body)}`;
    case 'lease': {
      const { mac, state, nic, segment, ipv4, ipv6, since, releasedAt, comment } = record;
      const parts = [mac, state.padEnd(11), span(since, releasedAt), nic, segment, ipv4, ipv6, comment];
      return parts.filter((part) => part).join('  ');
    }
    case 'port-block':
      return `${record.guest}  ${record.ports}  ${span(record.since, record.until)}`;
    case 'holding': {
      const { nic, mac, segment, ipv4, ipv6, since, until } = record;
      return [nic, span(since, until), mac, segment, ipv4, ipv6].filter((part) => part).join('  ');
    }
    case 'rotation':
      return `${record.nic}  ${record.phase}  ${renderTime(record.askedAt)}  ${record.error ?? record.origin}`;
    case 'request':
      return `${record.key}  ${renderTime(record.at)}  leases ${record.leases}`;
    case 'seen':
      return `${record.mac}  ${record.host}/${record.device}  ${record.ip ?? '-'}  ${span(record.firstAt, record.lastAt)}`;
    case 'journal':
      return `${String(record.id).padStart(6)}  ${renderTime(record.at)}  ${record.kind.padEnd(8)}  ${record.who}: ${record.text}`;
  }
}

async function runShow(owner: string, options: MacOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    let section: string | undefined;
    for await (const record of client.privacy.show(owner)) {
      if (options.json) {
        print(JSON.stringify(record));
        continue;
      }
      if (record.record !== section) print(...(section === undefined ? [] : ['']), headings[record.record]);
      section = record.record;
      print(`  ${plainLine(lineOf(record))}`);
    }
    if (section === undefined && !options.json) print(`Nothing is stored about owner ${JSON.stringify(owner)}.`);
  });
}

export function define(privacy: Command): void {
  const command = privacy
    .command('show')
    .description(
      'everything that is stored about an owner (GDPR article 15); with --json a line of JSON for each thing',
    )
    .argument('<owner>', 'label of the owner');
  withMacClient(command, 'bridgekeeper privacy show team-a').action(runShow);
}
