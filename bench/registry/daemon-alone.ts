import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/connect.ts';
import { endWithBench } from '../gateway/end-with-bench.ts';
import { makeBenchFolder } from './lease-bench.ts';

const commandLine = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const startBound = 60_000;

/** The real daemon as a registry alone (driver none), with memory settings as in the launcher. */
export class DaemonAlone {
  readonly directory = makeBenchFolder();
  readonly socket = join(this.directory, 'socket');
  readonly client: Client = createClient({ socket: this.socket, author: 'bench' });
  #daemon: ChildProcess | undefined;

  /** Milliseconds until it answered. `options` are further words of the command. */
  async start(options: readonly string[] = []): Promise<number> {
    const begin = performance.now();
    const argv = ['--max-semi-space-size=8', commandLine, 'daemon', '--driver', 'none', '--log-level', 'error'];
    const places = ['--state', join(this.directory, 'state'), '--socket', this.socket];
    const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
    this.#daemon = spawn(process.execPath, [...argv, ...places, ...options], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    endWithBench(this.#daemon);
    for (;;) {
      const failed = await this.client.status().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) return performance.now() - begin;
      if (this.#daemon.exitCode !== null || performance.now() - begin > startBound) throw failed;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Bytes of the daemon's memory that are resident now, and the most that ever were. */
  memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#daemon?.pid}/status`, 'utf8');
    const bytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
