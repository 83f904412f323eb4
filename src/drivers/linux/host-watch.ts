import { type ChildProcess, spawn } from 'node:child_process';

const askEvery = 250;
/** Changes come in bursts; one look after the burst is enough. */
const settle = 150;
const restartAfter = 1_000;
/** What our own change caused arrives at the monitor a little later. */
const echo = 300;

/** Says when a look at the host is worth while: `ip monitor` speaks, or a cheap question is answered with yes. */
export class HostWatch {
  readonly #suspicious: () => boolean;
  readonly #warn: (text: string) => void;
  #onSuspicion: (() => void) | undefined;
  #monitor: ChildProcess | undefined;
  #asking: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #pausedUntil = 0;
  #closed = false;

  constructor(suspicious: () => boolean, warn: (text: string) => void) {
    this.#suspicious = suspicious;
    this.#warn = warn;
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
      if (this.#suspicious()) this.#soon();
    } catch (error) {
      this.#warn(`the host could not be asked for changes: ${(error as Error).message}`);
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
    const monitor = spawn('ip', ['monitor', 'link', 'address', 'route', 'rule'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#monitor = monitor;
    monitor.stdout?.on('data', () => this.#heard());
    monitor.on('error', (error) => this.#warn(`ip monitor cannot run: ${error.message}`));
    monitor.on('close', () => {
      if (this.#closed) return;
      this.#restarting = setTimeout(() => {
        this.#listen();
        this.#soon();
      }, restartAfter);
    });
  }
}
