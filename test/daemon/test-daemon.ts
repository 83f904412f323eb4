import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/connect.ts';

const mainPath = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What ends sooner or later and then cleans up, such as a test. */
export interface Scope {
  after(clean: () => unknown): void;
}

/** A directory that is gone when the scope ends. */
export function temporaryDirectory(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-test-'));
  // A daemon that is ended at the same time may still write.
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

/** A real daemon with `--driver none`, as a process of its own. */
export interface TestDaemon {
  readonly socket: string;
  readonly state: string;
  readonly pid: number;
  readonly client: Client;
  /** What it has written to stderr so far. */
  log(): string;
  /** Ends it with a signal and answers its exit status (null when the signal ended it). */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Milliseconds that a daemon may take to start on a busy machine. */
const startLimit = 30_000;

async function waitUntilReady(child: ChildProcess, log: () => string): Promise<void> {
  let out = '';
  const deadline = setTimeout(() => child.kill('SIGKILL'), startLimit);
  child.on('exit', () => clearTimeout(deadline));
  child.stdout?.setEncoding('utf8');
  for await (const part of child.stdout ?? []) {
    out += part;
    if (!out.includes('}\n')) continue;
    clearTimeout(deadline);
    return;
  }
  throw new Error(`the daemon ended before it was ready: ${log()}`);
}

/**
 * Starts a daemon in a directory of its own (or in `directory`, to go on where an earlier one ended), and waits until
 * it answers. `options` are further words of the command. It is ended with the scope.
 */
export async function startTestDaemon(
  scope: Scope,
  directory = temporaryDirectory(scope),
  options: readonly string[] = [],
): Promise<TestDaemon> {
  const state = join(directory, 'state');
  const socket = join(directory, 'socket');
  const words = ['daemon', '--driver', 'none', '--state', state, '--socket', socket, '--log-level', 'debug', '--json'];
  const argv = ['--disable-warning=ExperimentalWarning', mainPath, ...words, ...options];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    log += part;
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  scope.after(() => end('SIGKILL'));
  await waitUntilReady(child, () => log);
  const client = createClient({ socket, author: 'tester' });
  return { socket, state, pid: child.pid as number, client, log: () => log, end };
}

/** One daemon for all tests of the suite that this is called in. */
export function daemonOfSuite(options: () => readonly string[] = () => []): () => TestDaemon {
  let daemon: TestDaemon | undefined;
  const cleaning: (() => unknown)[] = [];
  before(async () => {
    const scope: Scope = { after: (clean) => cleaning.unshift(clean) };
    daemon = await startTestDaemon(scope, temporaryDirectory(scope), options());
  });
  after(async () => {
    for (const clean of cleaning) await clean();
  });
  return () => {
    if (daemon === undefined) throw new Error('the daemon of this suite was not started');
    return daemon;
  };
}

/** A site that driver `none` takes, with forwards, segments and policies. */
export const exampleSite = fileURLToPath(new URL('../../examples/devlab.yaml', import.meta.url));
