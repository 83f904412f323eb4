import type { Command } from 'commander';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { printJson } from '../output.ts';

interface SiteOptions extends ClientOptions {
  revision?: number;
  all?: boolean;
}

async function runSite({ revision, all, ...options }: SiteOptions): Promise<void> {
  const client = await connect(options);
  const file = await client.site.file({
    ...(revision === undefined ? {} : { revision }),
    ...(all === undefined ? {} : { all }),
  });
  if (options.json) return printJson(file);
  process.stdout.write(file.text);
}

export function define(program: Command): void {
  const command = program
    .command('site')
    .description('print the site as a file would say it, now or as of a revision; comments are not kept')
    .option('--revision <number>', 'as of this revision of `bridgekeeper history`', wholeNumber(0))
    .option('--all', 'also what was made through the API, which no file changes');
  withClient(command, 'bridgekeeper site --revision 12 > site.yaml').action(runSite);
}
