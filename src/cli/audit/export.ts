import { once } from 'node:events';
import { type Command, Option } from 'commander';
import type { AuditFormat } from '../../client/audit.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { type FilterOptions, queryOf, withFilter } from './audit-filter.ts';

interface ExportOptions extends MacOptions, FilterOptions {
  format: AuditFormat;
  clear?: boolean;
}

async function runExport(options: ExportOptions): Promise<void> {
  await withDaemon(options, async (client) => {
    const format = options.json ? 'jsonl' : options.format;
    for await (const text of client.audit.export(queryOf(options), { format, clear: options.clear ?? false })) {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    }
  });
}

export function define(audit: Command): void {
  const command = withFilter(
    audit.command('export').description('print the journal for other systems, oldest first, in little memory'),
  )
    .addOption(
      new Option(
        '--format <format>',
        'jsonl: JSON Lines, which `audit verify FILE` checks; csv: RFC 4180; cef: ArcSight',
      )
        .choices(['jsonl', 'csv', 'cef'])
        .default('jsonl'),
    )
    .option('--clear', 'MAC addresses in place of pseudonyms, where they are still known');
  withMacClient(command, 'bridgekeeper audit export --format cef --since 24h').action(runExport);
}
