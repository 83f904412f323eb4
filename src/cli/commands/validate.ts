import type { Command } from 'commander';
import { type JsonOption, withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { printMistakes } from '../print-failure.ts';
import { readSiteSource } from '../site-source.ts';

async function runValidate(path: string, options: JsonOption): Promise<void> {
  const { validateSite } = await import('../../stateless/validate-site.ts');
  const source = await readSiteSource(path);
  const { site, counts, warnings: all } = await validateSite(source.text, source.file);
  if (options.json) return printJson({ site: site.name, ...counts, warnings: all });
  await printMistakes(all);
  const list = Object.entries(counts).map(([name, count]) => `${count} ${name === 'nics' ? 'NICs' : name}`);
  print(`${source.file} is valid: site "${site.name}" with ${list.join(', ')}.`);
}

export function define(program: Command): void {
  const command = program
    .command('validate')
    .description('check a site file; needs neither daemon nor root')
    .argument('<file>', 'site file, or - for stdin');
  withJson(command, 'bridgekeeper validate examples/devlab.yaml').action(runValidate);
}
