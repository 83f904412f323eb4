import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Cast } from './attack.ts';

const script = fileURLToPath(new URL('./scapy-frames.py', import.meta.url));

/** One Python process with scapy loaded, which takes seconds, and a child of it for each attack. */
export class ScapySender {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(() => {
      throw new Error('python3 with scapy ended');
    });
    this.#ended.catch(() => undefined);
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  }

  static async start(): Promise<ScapySender> {
    // Debian's own interpreter: it has Debian's scapy.
    const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const sender = new ScapySender(child);
    await sender.#answer();
    return sender;
  }

  async #answer(): Promise<{ pid?: number }> {
    const [line] = (await Promise.race([once(this.#lines, 'line'), this.#ended])) as [string];
    return JSON.parse(line) as { pid?: number };
  }

  /** Sends frames in a guest until the process that is answered is ended. */
  async send(order: { guest: string; frames: string; perSecond: number; cast: Cast }): Promise<number> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { pid } = await answer;
    if (pid === undefined) throw new Error('python3 with scapy told no process');
    return pid;
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
