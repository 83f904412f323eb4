import type { Command } from 'commander';
import { type JsonOption, withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { printMistakes } from '../print-failure.ts';
import { readSiteSource } from '../site-source.ts';

async function runValidate(path: string, options: JsonOption): Promise<void> {
  const [{ parseSite }, { placeForwardWarnings }, { listeningWarnings, readHostPorts }] = await Promise.all([
    import('../../model/parse-site.ts'),
    import('../place-forward-warnings.ts'),
    import('../../reconciler/host-ports.ts'),
  ]);
  const source = await readSiteSource(path);
  const { site, warnings } = parseSite(source.text, { file: source.file });
  const ofHost = placeForwardWarnings(listeningWarnings(site, await readHostPorts()), site, source.text);
  const all = [...warnings, ...ofHost];
  const counts = {
    segments: site.segments.length,
    guests: site.guests.length,
    nics: site.guests.reduce((sum, guest) => sum + guest.nics.length, 0),
    forwards: site.forwards.length,
    policies: site.policies.length,
  };
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
