import type { Command } from 'commander';
import type { LoginView } from '../../client/login.ts';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { plain, print, printJson, renderTable, renderTime } from '../output.ts';

interface LoginsOptions extends ClientOptions {
  end?: string;
}

function renderLogins(logins: readonly LoginView[]): string[] {
  if (logins.length === 0) return ['Nobody is logged in.'];
  const rows = logins.map(({ id, name, role, owner = '', way, from, at, usedAt }) => [
    id,
    name,
    role,
    owner,
    way,
    from,
    renderTime(at),
    renderTime(usedAt),
  ]);
  return renderTable(['id', 'name', 'role', 'owner', 'with', 'from', 'since', 'last used'], rows);
}

async function runLogins(name: string | undefined, options: LoginsOptions): Promise<void> {
  const client = await connect(options);
  if (options.end !== undefined) {
    const ended = await client.accounts.endLogin(options.end);
    if (options.json) return printJson(ended);
    return print(plain(`The login ${ended.id} of ${JSON.stringify(ended.name)} has ended.`));
  }
  const logins = await client.accounts.logins(name);
  if (options.json) return printJson(logins);
  print(...renderLogins(logins));
}

export function define(access: Command): void {
  const command = access
    .command('logins')
    .description('list who is logged in on the page, or end a login at once')
    .argument('[name]', 'only of this name')
    .option('--end <id>', 'end this login');
  withClient(command, 'bridgekeeper access logins').action(runLogins);
}
