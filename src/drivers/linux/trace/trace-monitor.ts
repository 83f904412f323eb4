import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors/app-error.ts';

/** Bit of NFNLGRP_NFTRACE (9) in the column "Groups" of /proc/net/netlink (linux/netfilter/nfnetlink.h). */
const traceGroup = 1 << 8;
/** NETLINK_NETFILTER, column "Eth". */
const netfilter = '12';
const readyWithin = 10_000;
const lookEvery = 10;

/** Whether one of a process's sockets hears of traced packets. */
async function listens(pid: number): Promise<boolean> {
  const lines = (await readFile('/proc/net/netlink', 'utf8')).trimEnd().split('\n').slice(1);
  const inodes = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, protocol, , groups]) => protocol === netfilter && (Number.parseInt(groups ?? '0', 16) & traceGroup) !== 0,
    )
    .map((fields) => `socket:[${fields.at(-1)}]`);
  if (inodes.length === 0) return false;
  const directory = `/proc/${pid}/fd`;
  // It may have ended meanwhile, which is noticed elsewhere.
  const files = await readdir(directory).catch(() => []);
  const targets = await Promise.all(files.map((file) => readlink(`${directory}/${file}`).catch(() => '')));
  return targets.some((target) => inodes.includes(target));
}

/** `nft monitor trace`, which tells of every marked packet in this network namespace, whoever marked it. */
export class TraceMonitor {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #complaint = '';

  private constructor(onLine: (line: string) => void) {
    // It ends with us, also when we are killed: nobody would read what it prints.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nft', 'monitor', 'trace'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    const { stdout, stderr } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', onLine);
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, 2_000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('close', (status, signal) =>
        resolve(this.#complaint.trim() || `it ended with ${signal ?? `exit status ${status}`}`),
      );
    });
  }

  /** Resolves when it listens. Throws `command-failed` when it does not get there. */
  static async start(onLine: (line: string) => void): Promise<TraceMonitor> {
    const monitor = new TraceMonitor(onLine);
    const until = performance.now() + readyWithin;
    while (!(await listens(monitor.#child.pid ?? 0))) {
      const reason = await Promise.race([monitor.#ended, sleep(lookEvery)]);
      if (reason === undefined && performance.now() < until) continue;
      await monitor.stop();
      throw new AppError(
        'command-failed',
        `command "nft monitor trace" did not get ready: ${reason ?? `no answer within ${readyWithin} ms`}`,
      );
    }
    return monitor;
  }

  /** Why it ended, if it did by itself. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
