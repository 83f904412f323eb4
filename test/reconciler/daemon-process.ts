import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/connect.ts';
import type { Scope } from './open-engine.ts';

const mainPath = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A real daemon with driver `linux` in this network namespace. */
export interface DaemonProcess {
  readonly client: Client;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Asks it to end (SIGTERM) and waits until it has. */
  end(): Promise<void>;
  /** What it has written to stderr. */
  log(): string;
}

/** Starts a daemon on a state directory, with further options, and waits until it answers (10 s at most). It is killed with the scope. */
export async function startDaemonProcess(
  scope: Scope,
  directory: string,
  options: readonly string[] = [],
): Promise<DaemonProcess> {
  const socket = join(directory, 'socket');
  const words = ['daemon', '--state', directory, '--socket', socket, ...options];
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainPath, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    log += part;
  });
  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const kill = (): Promise<void> => endBy('SIGKILL');
  scope.after(kill);
  const client = createClient({ socket, author: 'tester' });
  for (let tries = 0; child.exitCode === null && tries < 200; tries++) {
    try {
      await client.status();
      return { client, kill, end: () => endBy('SIGTERM'), log: () => log };
    } catch {
      // Not yet: the socket appears when the engine has mended the host.
      await sleep(50);
    }
  }
  throw new Error(`the daemon does not answer: ${log}`);
}
