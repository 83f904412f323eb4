import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export type Child = ChildProcessByStdio<null, Readable, null>;

export const script = (name: string): string => join(import.meta.dirname, name);

/** A process of this Node that runs a script beside this file; what it writes to stderr is shown. */
export function start(name: string, ...args: string[]): Child {
  return spawn(process.execPath, [script(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

export async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Standard output up to the end of the first line. */
export async function firstLine(child: Child): Promise<string> {
  let text = '';
  for await (const piece of child.stdout.iterator({ destroyOnReturn: false })) {
    text += piece;
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  return text;
}
