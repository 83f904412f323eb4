import { emitKeypressEvents } from 'node:readline';

/** What a key press is: the name of a key, or a character. */
export interface Key {
  /** `up`, `return`, `escape`, … or undefined. */
  readonly name?: string | undefined;
  /** A character that can be printed, or empty. */
  readonly character: string;
  readonly ctrl: boolean;
}

/** Alternate screen, cursor and line wrap (xterm's control sequences; every terminal of today has them). */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';

const deadlySignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * The terminal as a screen of lines. It is given back as it was however the process ends: by `close`, by a signal, by an
 * error that nobody caught; kill -9 alone is beyond us (`reset` helps).
 */
export class Terminal {
  readonly #onKey: (key: Key) => void;
  readonly #onResize: () => void;
  #open = true;

  constructor(onKey: (key: Key) => void, onResize: () => void, onEnd: () => void) {
    this.#onKey = onKey;
    this.#onResize = onResize;
    process.on('uncaughtExceptionMonitor', this.#close).on('exit', this.#close);
    for (const signal of deadlySignals) process.on(signal, this.#die);
    process.stdin.setRawMode(true);
    emitKeypressEvents(process.stdin);
    process.stdin.on('keypress', this.#press).on('end', onEnd).resume();
    process.stdout.on('resize', this.#resize);
    process.stdout.write(enter);
  }

  /** Columns and lines; those of a VT100 where the terminal does not tell. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  /** Shows these lines from the top, each no longer than the terminal is wide; with the cursor at a place in the last one. */
  show(lines: readonly string[], cursor?: number): void {
    if (!this.#open) return;
    const text = lines.map((line) => `${line}\u001b[K`).join('\r\n');
    const end = cursor === undefined ? '\u001b[?25l' : `\u001b[${lines.length};${cursor + 1}H\u001b[?25h`;
    // Written at once, so that nothing half-drawn is seen.
    process.stdout.write(`\u001b[H${text}\u001b[J${end}`);
  }

  close(): void {
    this.#close();
  }

  readonly #close = (): void => {
    if (!this.#open) return;
    this.#open = false;
    process.off('uncaughtExceptionMonitor', this.#close).off('exit', this.#close);
    for (const signal of deadlySignals) process.off(signal, this.#die);
    process.stdout.off('resize', this.#resize);
    process.stdin.off('keypress', this.#press).pause();
    process.stdout.write(leave);
    process.stdin.setRawMode(false);
  };

  /** Ends by the signal itself, as whoever sent it expects. */
  readonly #die = (signal: NodeJS.Signals): void => {
    this.#close();
    process.kill(process.pid, signal);
  };

  readonly #press = (character: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    const printable = character !== undefined && !/\p{C}/u.test(character) ? character : '';
    this.#onKey({ name: key.name, character: printable, ctrl: key.ctrl === true });
  };

  readonly #resize = (): void => this.#onResize();
}
