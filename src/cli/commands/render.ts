import type { Command } from 'commander';
import { type JsonOption, withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { printMistakes } from '../print-failure.ts';
import { readSiteSource } from '../site-source.ts';

interface RenderOptions extends JsonOption {
  state: string;
}

async function runRender(path: string, options: RenderOptions): Promise<void> {
  const [{ parseSite }, { renderSite }] = await Promise.all([
    import('../../model/parse-site.ts'),
    import('../../stateless/render-site.ts'),
  ]);
  const source = await readSiteSource(path);
  const { site, warnings } = parseSite(source.text, { file: source.file });
  const parts = await renderSite(site, options.state);
  if (options.json) return printJson(Object.fromEntries(parts));
  await printMistakes(warnings);
  if (parts.size === 0) return print(`# Site "${site.name}" has no uplink: it is a registry alone and writes nothing.`);
  print(...[...parts].map(([name, text]) => `# ===== ${name}\n${text.trimEnd()}\n`));
}

export function define(program: Command): void {
  const command = program
    .command('render')
    .description(
      'print everything that applying a site file to an empty host would write; needs neither daemon nor root',
    )
    .argument('<file>', 'site file, or - for stdin')
    .option('--state <directory>', 'state directory that the files would be in', '/var/lib/bridgekeeper')
    .addHelpText(
      'after',
      '\nAddresses that the registry would lease are made up, the same ones at each run; the kernel is taken to be an old one.',
    );
  withJson(command, 'bridgekeeper render examples/devlab.yaml').action(runRender);
}
