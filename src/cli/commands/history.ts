import type { Command } from 'commander';
import type { Client, Revision } from '../../client/client.ts';
import type { ObjectChange } from '../../client/site.ts';
import { AppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { plainLine, print, printJson, renderTable, renderTime } from '../output.ts';

interface HistoryOptions extends ClientOptions {
  limit: number;
  journal?: boolean;
  against?: number;
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
  print(...entries.map((entry) => plainLine(`${renderTime(entry.at)}  ${entry.kind.padEnd(8)}  ${entry.text}`)));
}

async function printChanges(client: Client, number: number, { against, json }: HistoryOptions): Promise<void> {
  const changes: ObjectChange[] = [];
  for await (const change of client.site.diff(number, against)) changes.push(change);
  if (json) return printJson(changes);
  const { renderObjectChange } = await import('../render-revision.ts');
  if (changes.length === 0) return print(`Revision ${number} has nothing otherwise than ${against ?? number - 1}.`);
  print(...changes.flatMap(renderObjectChange));
}

async function runHistory(revision: number | undefined, options: HistoryOptions): Promise<void> {
  const client = await connect(options);
  if (revision !== undefined) return printChanges(client, revision, options);
  if (options.against !== undefined) {
    throw new AppError(
      'value-invalid',
      'Which revision is to be compared is not said; expected one such as `bridgekeeper history 12 --against 10`.',
    );
  }
  if (options.journal) return printJournal(client, options);
  const revisions = await client.revisions(options.limit);
  if (options.json) return printJson(revisions);
  if (revisions.length === 0) return print('No revision yet: nothing was applied.');
  print(...renderTable(['>revision', 'when', 'who', 'changes', 'comment'], revisions.map(rowOf)));
}

export function define(program: Command): void {
  const command = program
    .command('history')
    .description('list the applied revisions, newest first, or what one has otherwise than an earlier one')
    .argument('[revision]', 'show what this one changed', wholeNumber(1))
    .option('--against <number>', 'the earlier revision; the one before unless given', wholeNumber(0))
    .option('--limit <number>', 'how many', wholeNumber(1), 50)
    .option('--journal', 'list what happened instead: applied, repaired, rolled back, …');
  withClient(command, 'bridgekeeper history --limit 10').action(runHistory);
}
