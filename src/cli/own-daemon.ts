import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors/app-error.ts';
import { errorOfProblem } from '../errors/problem.ts';

const mainPath = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Milliseconds that the daemon gets to start (a large registry takes its time) and to end. */
const startLimit = 120_000;
const endLimit = 15_000;

/** What the daemon said before it gave up: with --json its failure is a problem document after the lines of the log. */
function failureOf(output: string, directory: string): AppError {
  const begin = output.startsWith('{\n') ? 0 : output.lastIndexOf('\n{\n') + 1;
  try {
    const failure = errorOfProblem(JSON.parse(output.slice(begin)));
    if (failure !== undefined) return failure;
  } catch (error) {
    // What it wrote is not a problem document: then it is shown as it is.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new AppError('registry-failed', `Nothing could be started on state directory ${JSON.stringify(directory)}.`, {
    details: { stderr: output },
  });
}

async function waitUntilReady(child: ChildProcess, directory: string): Promise<void> {
  let said = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    errors += part;
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), startLimit);
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  try {
    for await (const part of child.stdout?.setEncoding('utf8') ?? []) {
      said += part;
      if (said.includes('}\n')) return;
    }
    await gone;
    throw failureOf(errors, directory);
  } finally {
    clearTimeout(deadline);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), endLimit);
  await gone;
  clearTimeout(deadline);
}

/**
 * Runs the registry alone on a state directory for as long as `work` takes: a daemon with driver `none` and a socket of
 * its own. It ends with this process, however that ends. Throws `daemon-running` when one holds the directory.
 */
export async function withOwnDaemon<T>(directory: string, work: (socket: string) => Promise<T>): Promise<T> {
  // Not below the state directory: the path of a socket has 107 bytes at most.
  const place = await mkdtemp(join(tmpdir(), 'bridgekeeper-'));
  const socket = join(place, 'socket');
  const words = [
    'daemon',
    '--driver',
    'none',
    '--state',
    directory,
    '--socket',
    socket,
    '--log-level',
    'error',
    '--json',
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', process.execPath, ...process.execArgv, mainPath, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const failed = once(child, 'error').then(([error]) => {
      throw error;
    });
    await Promise.race([waitUntilReady(child, directory), failed]);
    return await work(socket);
  } finally {
    await end(child);
    await rm(place, { recursive: true, force: true });
  }
}
