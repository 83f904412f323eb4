import type { Command } from 'commander';
import { macCommandList } from '../mac-command-list.ts';

/** Loads the module of `verb` alone, or all of them without one (help, a mistyped name, the reference). */
export async function define(program: Command, verb?: string): Promise<void> {
  const mac = program
    .command('mac')
    .description('MAC addresses: lease, look up, reserve and release them; with the gateway or without it')
    .addHelpText('after', '\nExample:\n  bridgekeeper mac lease web1/0 --segment dev');
  const load = verb === undefined || !Object.hasOwn(macCommandList, verb) ? undefined : macCommandList[verb];
  const loaders = load === undefined ? Object.values(macCommandList) : [load];
  const modules = await Promise.all(loaders.map((loader) => loader()));
  for (const module of modules) await module.define(mac);
}
