import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { AppError } from '../errors/app-error.ts';
import { author, type ClientOptions, connect, withClient } from './command-options.ts';

export interface MacOptions extends ClientOptions {
  state?: string;
}

/** Adds `--socket`, `--state`, `--json` and the example: for commands that work with a daemon and without one. */
export function withMacClient(command: Command, example: string): Command {
  command.option('--state <directory>', 'work on this state directory, for which no daemon runs; made when it is new');
  return withClient(command, example);
}

/** Does the work with the daemon that the options name; with `--state`, with one of its own that ends afterwards. */
export async function useClient<T>(options: MacOptions, work: (client: Client) => Promise<T>): Promise<T> {
  if (options.state === undefined) return work(await connect(options));
  if (options.socket !== undefined) {
    throw new AppError(
      'value-invalid',
      'Both --socket and --state are given; expected the socket of a running daemon, or a directory for which none runs.',
    );
  }
  const { withOwnDaemon } = await import('./own-daemon.ts');
  const { createClient } = await import('../client/client.ts');
  return withOwnDaemon(options.state, (socket) => work(createClient({ socket, author: author() })));
}
