import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { plain, print, printJson, renderTime } from '../output.ts';

async function runLink(account: string | undefined, options: ClientOptions): Promise<void> {
  const link = await (await connect(options)).login.link(account);
  if (options.json) return printJson(link);
  if (link.urls.length === 0)
    print(
      'The daemon does not serve the page over TLS (`bridgekeeper daemon --listen 0.0.0.0:8443`).',
      `Wherever the page is reached, this path lets in: ${link.path}`,
    );
  else print(...link.urls.map(plain));
  print(`Good once, until ${renderTime(link.until)}.`);
}

export function define(access: Command): void {
  const command = access
    .command('link')
    .description('make a link to the page that lets somebody in once, within 5 minutes')
    .argument('[account]', 'whom it lets in; unless given you yourself, as on this socket');
  withClient(command, 'sudo bridgekeeper access link').action(runLink);
}
