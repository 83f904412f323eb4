import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type CommandModule, commandList } from './command-list.ts';

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Commander's words before a sentence of ours that names the value itself: `option '--count <number>': "0" is not …`. */
export function shorten(text: string): string {
  return text
    .replace(/^(error: )command-argument value '[\s\S]*' is invalid for argument '[^']*'\. (?=\S)/, '$1')
    .replace(/^(error: option '[^']*') argument '[\s\S]*' is invalid\. (?!Allowed)(?=\S)/, '$1: ');
}

/**
 * The command line. With `only`, just that command is loaded; without it (help, a mistyped name, the reference) all.
 * `word` is what follows its name: a group loads only that subcommand. With `quiet`, what is wrong with the arguments is thrown but not printed.
 */
export async function createProgram(only?: string, quiet = false, word?: string): Promise<Command> {
  const program = new Command('bridgekeeper')
    .description(
      'Every virtual NIC a MAC address of its own and nothing else on the wire; a host and all its guests behind one IP address.',
    )
    .version(version())
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nExample:\n  bridgekeeper validate site.yaml && bridgekeeper apply site.yaml --confirm 60s')
    .addHelpText('after', '\nExit status: 0 done, 1 failed, 2 the input is wrong (nothing was changed).')
    .showSuggestionAfterError()
    // What follows a subcommand's name is its own, also where the command before it has an option of that name.
    .enablePositionalOptions()
    .exitOverride();
  program.configureOutput({ outputError: (text, write) => (quiet ? undefined : write(shorten(text))) });
  const load = only === undefined ? undefined : commandList[only];
  const loaders = load === undefined ? Object.values(commandList) : [load];
  const modules: CommandModule[] = await Promise.all(loaders.map((loader) => loader()));
  for (const module of modules) await module.define(program, word);
  return program;
}
