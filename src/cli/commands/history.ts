import type { Command } from 'commander';
import type { Client, Revision } from '../../client/client.ts';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { plain, print, printJson, renderTable, renderTime } from '../output.ts';

interface HistoryOptions extends ClientOptions {
  limit: number;
  journal?: boolean;
}

function rowOf(revision: Revision): string[] {
  const { added, removed, changed } = revision.summary;
  const waiting = revision.confirmBy === undefined ? '' : `waits for confirm until ${renderTime(revision.confirmBy)}`;
  return [
    String(revision.number),
    renderTime(revision.at),
    revision.author,
    `+${added} -${removed} ~${changed}`,
    [waiting, revision.comment].filter((part) => part !== '').join('; '),
  ];
}

async function printJournal(client: Client, options: HistoryOptions): Promise<void> {
  const entries = await client.journal(options.limit);
  if (options.json) return printJson(entries);
  if (entries.length === 0) return print('The journal is empty.');
  print(...entries.map((entry) => plain(`${renderTime(entry.at)}  ${entry.kind.padEnd(8)}  ${entry.text}`)));
}

async function runHistory(options: HistoryOptions): Promise<void> {
  const client = await connect(options);
  if (options.journal) return printJournal(client, options);
  const revisions = await client.revisions(options.limit);
  if (options.json) return printJson(revisions);
  if (revisions.length === 0) return print('No revision yet: nothing was applied.');
  print(...renderTable(['>revision', 'when', 'who', 'changes', 'comment'], revisions.map(rowOf)));
}

export function define(program: Command): void {
  const command = program
    .command('history')
    .description('list the applied revisions, newest first')
    .option('--limit <number>', 'how many', wholeNumber(1), 50)
    .option('--journal', 'list what happened instead: applied, repaired, rolled back, …');
  withClient(command, 'bridgekeeper history --limit 10').action(runHistory);
}
