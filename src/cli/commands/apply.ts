import type { Command } from 'commander';
import { parseDuration } from '../../model/quantity.ts';
import { argument, type ClientOptions, connect, withClient } from '../command-options.ts';
import { printApplied } from '../render-change.ts';
import { showProgress } from '../show-progress.ts';
import { readSiteSource } from '../site-source.ts';

interface ApplyOptions extends ClientOptions {
  confirm?: number;
  comment?: string;
}

async function runApply(file: string, options: ApplyOptions): Promise<void> {
  const source = await readSiteSource(file);
  const client = await connect(options);
  const change = {
    file: { text: source.text, name: source.file },
    ...(options.confirm !== undefined && { confirmSeconds: options.confirm }),
    ...(options.comment !== undefined && { comment: options.comment }),
  };
  const progress = showProgress(process.stderr);
  const result = await client.changes.make(change, progress.stage).finally(progress.end);
  await printApplied(result, options.json);
}

export function define(program: Command): void {
  const command = program
    .command('apply')
    .description('make the host what a site file says, all of it or nothing')
    .argument('<file>', 'site file, or - for stdin')
    .option(
      '--confirm <duration>',
      'roll back by itself after this time unless `bridgekeeper confirm` follows',
      argument(parseDuration),
    )
    .option('--comment <text>', 'why, for the history');
  withClient(command, 'bridgekeeper apply site.yaml --confirm 60s').action(runApply);
}
