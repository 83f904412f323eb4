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

export interface ClientOptions extends JsonOption {
  socket?: string;
}

/** Adds `--json` and the example that every command's help ends with. */
export function withJson(command: Command, example: string): Command {
  return command.option('--json', 'print the result as JSON').addHelpText('after', `\nExample:\n  ${example}`);
}

/** The same for a command that talks to the daemon. */
export function withClient(command: Command, example: string): Command {
  const text = `socket of the daemon (or BRIDGEKEEPER_SOCKET; default ${defaultSocket})`;
  return withJson(command.option('--socket <path>', text), example);
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
  const { createClient } = await import('../client/connect.ts');
  return createClient({ socket: socketPath(options), author: author() });
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
