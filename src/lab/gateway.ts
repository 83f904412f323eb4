import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../client/client.ts';
import { createClient } from '../client/connect.ts';
import { AppError } from '../errors/app-error.ts';
import { runCommand } from '../system/run-command.ts';
import { labFiles } from './scenario.ts';

const mainPath = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const START_LIMIT_MS = 10_000;

/** The lab's site file. */
export const sitePath = fileURLToPath(new URL('../../examples/devlab.yaml', import.meta.url));

/** One offender that the guard counted: who sent how many frames that were not his to send. */
export interface Offender {
  /** Kind of offence: the name of its set (`spoofed_arp`, `rogue_dhcp`, …). */
  readonly offence: string;
  readonly port: string;
  readonly mac: string;
  readonly packets: number;
}

interface NftElement {
  elem?: { val?: string | { concat?: unknown[] }; counter?: { packets?: number } };
}

/** Reads `nft -j list table bridge bridgekeeper`: sets of counted elements that begin with port and MAC. */
export function parseOffenders(json: string): Offender[] {
  const { nftables } = JSON.parse(json) as { nftables: { set?: { name: string; elem?: NftElement[] } }[] };
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).flatMap(({ elem }) => {
      const [port, mac] = (typeof elem?.val === 'object' && elem.val.concat) || [];
      if (!set || typeof port !== 'string' || typeof mac !== 'string' || !elem?.counter) return [];
      return [{ offence: set.name, port, mac, packets: elem.counter.packets ?? 0 }];
    }),
  );
}

/** Frames of one port that the guard dropped for one offence. */
export interface Offence {
  readonly offence: string;
  readonly port: string;
  readonly packets: number;
}

/** Reads the same listing: the sets that count every frame by its port. */
export function parseOffences(json: string): Offence[] {
  const { nftables } = JSON.parse(json) as { nftables: { set?: { name: string; elem?: NftElement[] } }[] };
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).flatMap(({ elem }) => {
      const [, offence] = /^(.+)_ports$/.exec(set?.name ?? '') ?? [];
      if (offence === undefined || typeof elem?.val !== 'string' || !elem.counter) return [];
      return [{ offence, port: elem.val, packets: elem.counter.packets ?? 0 }];
    }),
  );
}

const listGuard = ['nft', '-j', 'list', 'table', 'bridge', 'bridgekeeper'];

/** The real daemon in the lab's host namespace, run and asked as a user would. */
export class Gateway {
  readonly client: Client = createClient({ socket: labFiles.socket, author: 'lab' });
  #daemon: ChildProcess | undefined;
  readonly #page: number | undefined;

  /** `page`: port of the host's loopback where the daemon serves its page. */
  constructor(page?: number) {
    this.#page = page;
  }

  /** Starts the daemon and waits until it answers. Throws with the end of its log when it does not within 10 s. */
  async start(): Promise<void> {
    const log = openSync(labFiles.daemonLog, 'a');
    const words = ['daemon', '--state', labFiles.state, '--socket', labFiles.socket];
    if (this.#page !== undefined) words.push('--listen', `127.0.0.1:${this.#page}`);
    const daemon = spawn('ip', ['netns', 'exec', 'host', process.execPath, mainPath, ...words], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    daemon.unref();
    this.#daemon = daemon;
    const end = performance.now() + START_LIMIT_MS;
    let last: unknown;
    while (performance.now() < end && daemon.exitCode === null) {
      try {
        await this.client.status();
        return;
      } catch (error) {
        last = error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const tail = await this.logTail(30);
    throw new AppError('daemon-unreachable', `the lab's daemon did not answer within 10 s\n${tail}`, { cause: last });
  }

  /** Ends the daemon without a word (SIGKILL) and waits until it is gone. What it started is left alone. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await gone;
    this.#daemon = undefined;
  }

  /** Runs the command line in the host's namespace, as its administrator would. */
  async cli(...words: string[]): Promise<string> {
    const environment = { ...process.env, BRIDGEKEEPER_SOCKET: labFiles.socket, NO_COLOR: '1' };
    const argv = ['ip', 'netns', 'exec', 'host', process.execPath, mainPath, ...words];
    return (await runCommand(argv, { env: environment })).stdout;
  }

  /** Some of the offenders whom the guard has seen so far, with the addresses that they used. */
  async offenders(): Promise<Offender[]> {
    return parseOffenders((await runCommand(['ip', 'netns', 'exec', 'host', ...listGuard])).stdout);
  }

  /** What the guard has dropped so far. */
  async offences(): Promise<Offence[]> {
    return parseOffences((await runCommand(['ip', 'netns', 'exec', 'host', ...listGuard])).stdout);
  }

  /** The last lines of the daemon's log. */
  async logTail(lines: number): Promise<string> {
    const text = await readFile(labFiles.daemonLog, 'utf8').catch((error) => String(error));
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
