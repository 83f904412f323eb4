import type { Command } from 'commander';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { print, printJson, renderTime } from '../output.ts';
import { type GrantOptions, orderOf, withGrant } from './proofs.ts';

interface TokenOptions extends ClientOptions, GrantOptions {
  file?: string;
}

async function runToken(name: string, options: TokenOptions): Promise<void> {
  const { reserveFile } = await import('./write-new-file.ts');
  const file = options.file === undefined ? undefined : await reserveFile(options.file);
  const client = await connect(options);
  try {
    const { token, ...view } = await client.access.issueToken(orderOf(name, options));
    await file?.write(`${token}\n`);
    if (options.json) return printJson(file === undefined ? { ...view, token } : { ...view, file: options.file });
    print(file === undefined ? token : `Token written to ${options.file}.`);
    process.stderr.write(
      `Token ${view.id} for ${name} is good until ${renderTime(view.until)}; it is shown only now, and stored nowhere.\n`,
    );
  } finally {
    await file?.close();
  }
}

export function define(access: Command): void {
  const command = withGrant(access.command('token').description('issue a token for a program'), 90).option(
    '--file <file>',
    'write the token to a new file that only you may read, instead of printing it',
  );
  withClient(command, 'bridgekeeper access token prometheus --role viewer --only "GET /metrics" --days 365').action(
    runToken,
  );
}
