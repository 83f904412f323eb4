import type { Command } from 'commander';
import type { Erasure, ErasureReport } from '../../client/privacy.ts';
import { agreed } from '../ask.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plain, print, printJson } from '../output.ts';

interface EraseOptions extends MacOptions {
  yes?: boolean;
}

function countLines(erasure: Erasure): string[] {
  const { leases, journal, objects, portBlocks, holdings, requests, rotations, seen } = erasure;
  return [
    `  ${leases} leases: MAC and IP addresses, guest, owner and comment`,
    `  ${journal} journal entries: their text; the chain stays whole`,
    `  ${objects} objects of earlier revisions`,
    `  ${holdings} stretches of time in which a NIC held addresses: which NIC and addresses`,
    `  ${portBlocks} port blocks, ${rotations} failed rotations, ${requests} request keys, ${seen} sightings on the wire`,
  ];
}

function keptLines({ kept, keptCount }: Erasure): string[] {
  if (keptCount === 0) return [];
  const rest = keptCount - kept.length;
  return [
    `${keptCount} leases stay:`,
    ...kept.map(({ mac, nic, why, remedy }) => plain(`  ${mac}${nic ? ` (${nic})` : ''}  ${why}: ${remedy}`)),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function traceLines({ traces }: ErasureReport): string[] {
  const { macs, files, bytes, scrubbed, left } = traces;
  return [
    macs === 0
      ? 'No MAC address had to be looked for in the files.'
      : `${macs} MAC addresses were looked for in ${files} files (${bytes} bytes) of the state directory.`,
    ...scrubbed.map((file) => `Lines were taken out of ${file}.`),
    ...left.map((file) => `STILL in ${file}: see docs/how-to/answer-a-privacy-request.md`),
  ];
}

async function runErase(owner: string, options: EraseOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const erasure = await client.privacy.plan(owner);
    if (!options.json)
      print(`Of owner ${JSON.stringify(owner)} this is erased:`, ...countLines(erasure), ...keptLines(erasure));
    const refusal = 'privacy erase asks before it erases, and there is nobody to ask: add --yes.';
    if (!(await agreed(options, 'What is erased cannot be brought back.', refusal))) {
      process.exitCode = 1;
      return print('Nothing was changed.');
    }
    const report = await client.privacy.erase(owner);
    if (report.traces.left.length > 0) process.exitCode = 1;
    if (options.json) return printJson(report);
    print('Erased, and journalled that it was.', ...traceLines(report));
  });
}

export function define(privacy: Command): void {
  const command = privacy
    .command('erase')
    .description('erase what is stored about an owner (GDPR article 17), but for leases that are still held')
    .argument('<owner>', 'label of the owner')
    .option('--yes', 'do not ask');
  withMacClient(command, 'bridgekeeper privacy erase team-a').action(runErase);
}
