import type { Command } from 'commander';
import type { AuditEntry } from '../../client/audit.ts';
import { wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { plainLine, print, printJson, renderTime } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';
import { type FilterOptions, queryOf, withFilter } from './audit-filter.ts';

interface ListOptions extends MacOptions, FilterOptions {
  limit: number;
  details?: boolean;
  csv?: boolean;
}

function linesOf(entry: AuditEntry, details: boolean): string[] {
  const { id, at, kind, who, from, text, before, after, owners, hash } = entry;
  const line = plainLine(`${String(id).padStart(6)}  ${renderTime(at)}  ${kind.padEnd(8)}  ${who} (${from}): ${text}`);
  if (!details) return [line];
  const parts = { before, after, owners, hash };
  const more = Object.entries(parts).filter(([, value]) => value !== undefined);
  return [line, ...more.map(([name, value]) => plainLine(`        ${name.padEnd(6)}  ${JSON.stringify(value)}`))];
}

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

function printCsv(entries: readonly AuditEntry[]): void {
  print(renderCsvRecord(['id', 'time', 'kind', 'who', 'from', 'text', 'before', 'after', 'owners']));
  for (const { id, at, kind, who, from, text, before, after, owners } of entries) {
    const cells = [id, new Date(at).toISOString(), kind, who, from, text, json(before), json(after), json(owners)];
    print(renderCsvRecord(cells));
  }
}

async function runList(options: ListOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const page = await client.audit.list(queryOf(options), { limit: options.limit });
    if (options.json) return printJson(page);
    if (options.csv) return printCsv(page.entries);
    if (page.entries.length === 0) return print('No entry matches.');
    print(...page.entries.flatMap((entry) => linesOf(entry, options.details ?? false)));
    if (page.next !== undefined) process.stderr.write(`There are older entries: raise --limit ${options.limit}.\n`);
  });
}

export function define(audit: Command): void {
  const command = withFilter(audit.command('list').description('list what happened, newest first'))
    .option('--limit <number>', 'how many, at most 10000', wholeNumber(1, 10_000), 50)
    .option('--details', 'with what was, what is, and the hash of each entry')
    .option('--csv', 'print the result as CSV');
  withMacClient(command, 'bridgekeeper audit list --kind lease release --since 7d').action(runList);
}
