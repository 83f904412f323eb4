import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import type { Attack, Cast } from './attack.ts';
import type { AttackLab } from './lab.ts';

const TOLD_BYTES = 2_000;

/** Ends a process, or with a negative number a group; one that has ended just now is none any more. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Something that runs in a guest and is started again whenever it ends, until it is stopped. */
class Repeated {
  readonly #argv: () => string[];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #pause: number;
  #child: ChildProcess | undefined;
  #stopped = false;
  #starts = 0;
  #told = '';
  #giveUp: () => void = () => undefined;
  readonly #stopping = new Promise<void>((resolve) => {
    this.#giveUp = resolve;
  });
  readonly #done: Promise<void>;

  constructor(argv: () => string[], pause: number, environment: NodeJS.ProcessEnv = process.env) {
    this.#argv = argv;
    this.#pause = pause;
    this.#environment = environment;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const [command = '', ...rest] = this.#argv();
      const child = spawn(command, rest, {
        // Input that stays open: "press any key to stop the attack" takes its end for a key.
        stdio: ['pipe', 'pipe', 'pipe'],
        env: this.#environment,
        detached: true,
      });
      this.#child = child;
      this.#starts++;
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text: Buffer) => {
          this.#told = (this.#told + text.toString()).slice(-TOLD_BYTES);
        });
      }
      await new Promise<void>((resolve) => {
        child.on('exit', () => resolve());
        child.on('error', (error) => {
          this.#told += error.message;
          resolve();
        });
      });
      if (!this.#stopped) await Promise.race([sleep(this.#pause), this.#stopping]);
    }
  }

  /** The end of what it printed. */
  get told(): string {
    return this.#told;
  }

  get #alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It runs, or is about to run again. */
  get running(): boolean {
    return this.#alive || (!this.#stopped && this.#starts > 0);
  }

  /** Ends it with what it started: it leads a process group of its own. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#giveUp();
    const pid = this.#child?.pid;
    if (pid !== undefined && this.#alive) end(-pid);
    await this.#done;
  }
}

/** An attack that goes on. */
export interface RunningAttack {
  /** Frames that the attacker's interface has sent so far. */
  sent(): number;
  /** Whether what attacks runs; one that ends by itself is started again within half a second. */
  running(): boolean;
  readonly told: string;
  stop(): Promise<void>;
}

const AGAIN_MS = 300;

function isAlive(pid: number): boolean {
  try {
    // The last process of a forking server is a zombie for a moment.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Starts the attack in its guest, and whoever it waits for. */
export async function startAttack(lab: AttackLab, attack: Attack, guest: string): Promise<RunningAttack> {
  const cast = lab.cast(guest);
  for (const command of attack.prepare?.(cast) ?? []) {
    shell(`ip netns exec ${guest} ${command.map((word) => `'${word}'`).join(' ')}`);
  }
  const inside = (namespace: string, command: readonly string[]) => ['ip', 'netns', 'exec', namespace, ...command];
  const { bait } = attack;
  const baited = bait && new Repeated(() => inside(bait.who, bait.command(cast)), bait.pause);
  const own = await startOwn(lab, attack, guest, cast);
  return {
    sent: () => sentBy(guest),
    running: own.running,
    get told() {
      return own.told();
    },
    async stop() {
      await own.stop();
      await baited?.stop();
    },
  };
}

interface OwnPart {
  running(): boolean;
  told(): string;
  stop(): Promise<void>;
}

async function startOwn(lab: AttackLab, attack: Attack, guest: string, cast: Cast): Promise<OwnPart> {
  const { scapy, command } = attack;
  if (scapy) {
    const pid = await lab.scapy.send({ guest, cast, ...scapy });
    return {
      running: () => isAlive(pid),
      told: () => '',
      async stop() {
        end(pid);
      },
    };
  }
  if (!command) throw new Error(`attack "${attack.name}" does nothing`);
  const environment = { ...process.env, ...attack.environment, HOME: cast.directory };
  const repeated = new Repeated(() => ['ip', 'netns', 'exec', guest, ...command(cast)], AGAIN_MS, environment);
  return { running: () => repeated.running, told: () => repeated.told, stop: () => repeated.stop() };
}

/** Frames that a guest's interface has sent so far. */
export function sentBy(guest: string): number {
  const [link] = JSON.parse(shell(`ip -n ${guest} -s -j link show eth0`)) as [
    { stats64: { tx: { packets: number; dropped: number } } },
  ];
  // What an isolated port does not take is counted as dropped.
  return link.stats64.tx.packets + link.stats64.tx.dropped;
}
