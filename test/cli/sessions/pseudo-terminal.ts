import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a terminal of this size would show: as much of xterm's control sequences as a screen of lines needs. */
export class ShownScreen {
  readonly #rows: number;
  #lines: string[] = [];
  #row = 0;
  #column = 0;
  /** On the alternate screen, where a program may draw without leaving traces. */
  alternate = false;
  cursorVisible = true;
  /** What else was said of looks: bold, colours. */
  styles = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Off the alternate screen also those that a terminal would have scrolled away. */
  get lines(): readonly string[] {
    const length = this.alternate ? this.#rows : Math.max(this.#rows, this.#lines.length);
    return Array.from({ length }, (_, row) => (this.#lines[row] ?? '').trimEnd());
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is read.
    for (const [part, mode, final] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|\r|\n|[^\u001b\r\n]+/g)) {
      if (final !== undefined) this.#control(mode ?? '', final);
      else if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#row++;
      else this.#put(part);
    }
  }

  #put(text: string): void {
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + text + line.slice(this.#column + text.length);
    this.#column += text.length;
  }

  #control(mode: string, final: string): void {
    if (final === 'H') {
      const [row = 1, column = 1] = mode === '' ? [] : mode.split(';').map(Number);
      [this.#row, this.#column] = [row - 1, column - 1];
    } else if (final === 'K') this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    else if (final === 'J') {
      this.#lines = mode === '2' ? [] : this.#lines.slice(0, this.#row + 1);
    } else if (mode === '?1049') {
      this.alternate = final === 'h';
      this.#lines = [];
      [this.#row, this.#column] = [0, 0];
    } else if (mode === '?25') this.cursorVisible = final === 'h';
    else if (final === 'm') this.styles++;
  }
}

/** A command on a pseudo terminal of its own (`script` of util-linux). */
export class PseudoTerminal {
  readonly screen: ShownScreen;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /** `command` is a shell's line. */
  constructor(command: string, size: { columns: number; rows: number }, env: NodeJS.ProcessEnv = {}) {
    this.screen = new ShownScreen(size.rows);
    const line = `stty rows ${size.rows} cols ${size.columns}; ${command}`;
    this.#child = spawn('script', ['--quiet', '--flush', '--command', line, '/dev/null'], {
      env: {
        ...process.env,
        // In CI Node takes every terminal for one without colours.
        CI: undefined,
        NO_COLOR: undefined,
        FORCE_COLOR: undefined,
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.screen.write(text));
    this.#child.stdin?.on('error', () => {});
    this.#ended = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until the screen is as wanted; throws with what is shown after 20 s. */
  async until(wanted: (screen: ShownScreen) => boolean, what: string): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if (wanted(this.screen)) return;
      await sleep(50);
    }
    throw new Error(`not seen: ${what}; the screen shows\n${this.screen.lines.join('\n')}`);
  }

  shows(pattern: RegExp): Promise<void> {
    return this.until(({ lines }) => pattern.test(lines.join('\n')), String(pattern));
  }

  /** Resolves when the command has ended. */
  ended(): Promise<void> {
    return this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
