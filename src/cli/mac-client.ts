import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { AppError } from '../errors/app-error.ts';
import { author, type ClientOptions, connect, withClient } from './command-options.ts';

export interface MacOptions extends ClientOptions {
  state?: string;
}

/** Adds `--socket`, `--state`, `--json` and the example: for commands that work with a daemon and without one. */
export function withMacClient(command: Command, example: string): Command {
  command.option('--state <directory>', 'work on this state directory, for which no daemon runs');
  return withClient(command, example);
}

/** Nothing is said of a registry that is not there: a mistyped directory would look like an empty one. */
function requireRegistry(directory: string): void {
  if (existsSync(join(directory, 'registry.sqlite'))) return;
  throw new AppError(
    'value-invalid',
    `State directory ${JSON.stringify(directory)} holds no registry; expected one, or \`bridgekeeper mac pool add default 02:1a:3f:00:00:00/24 --state ${directory}\` to begin one`,
  );
}

/**
 * Does the work with the daemon that the options name; with `--state`, with one of its own that ends afterwards. `begin`:
 * the work may be the first on a new state directory, which is made.
 */
export async function withDaemon<T>(
  options: MacOptions,
  work: (client: Client) => Promise<T>,
  begin = false,
): Promise<T> {
  if (options.state === undefined) return work(await connect(options));
  if (options.socket !== undefined) {
    throw new AppError(
      'value-invalid',
      'Both --socket and --state are given; expected the socket of a running daemon, or a directory for which none runs.',
    );
  }
  if (!begin) requireRegistry(options.state);
  const { withOwnDaemon } = await import('./own-daemon.ts');
  const { createClient } = await import('../client/connect.ts');
  return withOwnDaemon(options.state, (socket) => work(createClient({ socket, author: author() })));
}
