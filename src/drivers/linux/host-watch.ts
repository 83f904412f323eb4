import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const askEvery = 250;
/** Changes come in bursts; one look after the burst is enough. */
const settle = 150;
const restartAfter = 1_000;
/** What our own change caused arrives at the monitor a little later. */
const echo = 300;

/** What `ip monitor` says of neighbours and forwarding entries: `[NEIGH]Deleted 10.0.0.1 dev br0 FAILED`. */
const neighbourLine = /^\[NEIGH\](?:Deleted )?(?:(\S+) )?dev (\S+)/;

export interface HostWatchOptions {
  /** A cheap question: may something have changed that the kernel does not tell of? */
  readonly suspicious: () => boolean;
  /** Whether an entry for an address (none: a forwarding entry) on a device is declared; all others come and go. */
  readonly declared: (device: string, address: string | undefined) => boolean;
  /** A device, a neighbour or a forwarding entry came, changed or went, whoever did it. */
  readonly onWire: () => void;
  readonly warn: (text: string) => void;
}

/** Says when a look at the host is worth while: `ip monitor` speaks, or a cheap question is answered with yes. */
export class HostWatch {
  readonly #options: HostWatchOptions;
  #onSuspicion: (() => void) | undefined;
  #monitor: ChildProcess | undefined;
  #asking: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #pausedUntil = 0;
  #closed = false;

  constructor(options: HostWatchOptions) {
    this.#options = options;
  }

  start(onSuspicion: () => void): void {
    this.#onSuspicion = onSuspicion;
    this.#asking = setInterval(() => this.#ask(), askEvery);
    this.#listen();
  }

  /** Until `resume`, changes are ours. */
  pause(): void {
    this.#pausedUntil = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    this.#pausedUntil = performance.now() + echo;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#asking);
    clearTimeout(this.#settling);
    clearTimeout(this.#restarting);
    this.#monitor?.kill('SIGTERM');
  }

  #ask(): void {
    if (performance.now() < this.#pausedUntil) return;
    try {
      if (this.#options.suspicious()) this.#soon();
    } catch (error) {
      this.#options.warn(`the host could not be asked for changes: ${(error as Error).message}`);
    }
  }

  #soon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#onSuspicion?.();
    }, settle);
  }

  /** Another look after our own echo: somebody may have changed something at that very moment. */
  #heard(): void {
    const wait = this.#pausedUntil - performance.now();
    if (wait <= 0) this.#soon();
    else if (Number.isFinite(wait)) this.#settling ??= setTimeout(() => this.#afterEcho(), wait);
  }

  #afterEcho(): void {
    this.#settling = undefined;
    this.#onSuspicion?.();
  }

  #listen(): void {
    if (this.#closed) return;
    const monitor = spawn('ip', ['monitor', 'label', 'link', 'address', 'route', 'rule', 'neigh'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#monitor = monitor;
    createInterface({ input: monitor.stdout }).on('line', (line) => {
      const [neighbour, address, device = ''] = neighbourLine.exec(line) ?? [];
      if (neighbour !== undefined || line.startsWith('[LINK]')) this.#options.onWire();
      if (neighbour === undefined || this.#options.declared(device, address)) this.#heard();
    });
    monitor.on('error', (error) => this.#options.warn(`ip monitor cannot run: ${error.message}`));
    monitor.on('close', () => {
      if (this.#closed) return;
      this.#restarting = setTimeout(() => {
        this.#listen();
        this.#soon();
      }, restartAfter);
    });
  }
}
