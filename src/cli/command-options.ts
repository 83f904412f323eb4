import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { Client } from '../client/client.ts';
import { isAppError } from '../errors/app-error.ts';
import { parseDuration } from '../model/quantity.ts';

/** Where the daemon listens unless --socket or BRIDGEKEEPER_SOCKET says otherwise. */
export const defaultSocket = '/run/bridgekeeper/bridgekeeper.sock';

export interface JsonOption {
  json?: boolean;
}

export interface ClientOptions extends JsonOption, RemoteOptions {
  socket?: string;
}

/** How a daemon on another host is reached; an option that is not given is asked of the environment. */
export interface RemoteOptions {
  server?: string;
  tokenFile?: string;
  certificate?: string;
  key?: string;
  ca?: string;
}

/** Adds `--json` and the example that every command's help ends with. */
export function withJson(command: Command, example: string): Command {
  return command.option('--json', 'print the result as JSON').addHelpText('after', `\nExample:\n  ${example}`);
}

/** The same with the socket. */
export function withSocket(command: Command, example: string): Command {
  const text = `socket of the daemon (or BRIDGEKEEPER_SOCKET; default ${defaultSocket})`;
  return withJson(command.option('--socket <path>', text), example);
}

/** The same for a command that talks to the daemon, here or on another host. */
export function withClient(command: Command, example: string): Command {
  command
    .option('--server <url>', 'daemon on another host, https://HOST:PORT (or BRIDGEKEEPER_SERVER), instead of a socket')
    .option('--token-file <file>', 'file with the token to show (or BRIDGEKEEPER_TOKEN_FILE)')
    .option('--certificate <file>', 'client certificate to show there, PEM (or BRIDGEKEEPER_CERTIFICATE)')
    .option('--key <file>', 'its private key, PEM (or BRIDGEKEEPER_KEY); unless it is in the same file')
    .option('--ca <file>', "authority of that daemon's certificate, PEM (or BRIDGEKEEPER_CA)");
  return withSocket(command, example);
}

export function socketPath(options: { socket?: string }): string {
  return options.socket ?? (process.env.BRIDGEKEEPER_SOCKET || defaultSocket);
}

/** Who runs the command, for revisions and journal. */
export function author(): string {
  if (process.env.SUDO_USER) return process.env.SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in /etc/passwd.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Client of the daemon that the options name. */
export async function connect(options: ClientOptions): Promise<Client> {
  const [{ createClient }, { readConnection }] = await Promise.all([
    import('../client/connect.ts'),
    import('./read-connection.ts'),
  ]);
  return createClient(readConnection(options, process.env) ?? { socket: socketPath(options), author: author() });
}

/** Reads an option's value with a parser of the model; what it says becomes commander's message. */
export function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw isAppError(error) ? new InvalidArgumentError(error.message) : error;
    }
  };
}

/** Seconds of a duration that is neither shorter nor longer than these. */
export function durationBetween(least: string, most: string): (text: string) => number {
  return argument((text: string) => {
    const seconds = parseDuration(text);
    if (seconds < parseDuration(least) || seconds > parseDuration(most))
      throw new InvalidArgumentError(`${JSON.stringify(text)} is not from ${least} to ${most}.`);
    return seconds;
  });
}

/** Whole number from `least` to `most`. */
export function wholeNumber(least: number, most = 999_999_999): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text) || Number(text) < least || Number(text) > most) {
      throw new InvalidArgumentError(`${JSON.stringify(text)} is not a whole number from ${least} to ${most}.`);
    }
    return Number(text);
  };
}
