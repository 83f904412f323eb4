import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { printMistakes } from '../print-failure.ts';
import { renderPlanLine } from '../render-change.ts';
import { readSiteSource } from '../site-source.ts';

interface PlanOptions extends ClientOptions {
  raw?: boolean;
}

async function runPlan(file: string, options: PlanOptions): Promise<void> {
  const source = await readSiteSource(file);
  const client = await connect(options);
  const result = await client.plan({ site: source.text, file: source.file });
  if (options.json) return printJson(result);
  await printMistakes(result.warnings);
  if (result.empty) return print('Nothing on the host would change.');
  if (options.raw) return print(result.raw.trimEnd());
  print(...result.lines.map(renderPlanLine));
}

export function define(program: Command): void {
  const command = program
    .command('plan')
    .description('show what applying a site file would change; changes nothing')
    .argument('<file>', 'site file, or - for stdin')
    .option('--raw', 'show the commands and the nftables transaction instead');
  withClient(command, 'bridgekeeper plan site.yaml --raw').action(runPlan);
}
