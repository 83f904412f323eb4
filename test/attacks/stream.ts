import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./paced-stream.ts', import.meta.url));

interface Sample {
  readonly at: number;
  readonly received: number;
  readonly failure?: string;
}

/** What is kept of the past: more than any attack takes. */
const MOST_SAMPLES = 3_000;

/** The victim's paced TCP stream to the world and back, with a record of what came back when. */
export class Stream {
  /** Bytes per second that it is meant to have. */
  readonly rate: number;
  readonly #child: ChildProcess;
  readonly #samples: Sample[] = [];

  private constructor(child: ChildProcess, rate: number) {
    this.#child = child;
    this.rate = rate;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#samples.push(JSON.parse(line) as Sample);
      if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
    });
  }

  /** Starts it and waits until bytes come back. Rejects when none do within 15 s. */
  static async start(ends: { namespace: string; address: string; port: number; rate: number }): Promise<Stream> {
    const { namespace, address, port, rate } = ends;
    const argv = ['netns', 'exec', namespace, process.execPath, script, address, String(port), String(rate)];
    const stream = new Stream(spawn('ip', argv, { stdio: ['pipe', 'pipe', 'inherit'] }), rate);
    for (let i = 0; i < 300; i++) {
      if ((stream.#samples.at(-1)?.received ?? 0) > 0) return stream;
      await sleep(50);
    }
    throw new Error(`no byte of the victim's stream came back: ${JSON.stringify(stream.#samples.at(-1))}`);
  }

  /** Why it ended, if it did. */
  get failure(): string | undefined {
    return this.#samples.at(-1)?.failure;
  }

  /** Bytes per second that came back between two times (ms since the epoch); waits until the second one is past. */
  async measure(from: number, to: number): Promise<number> {
    for (let i = 0; i < 100 && (this.#samples.at(-1)?.at ?? 0) < to; i++) await sleep(50);
    return ((this.#receivedAt(to) - this.#receivedAt(from)) / (to - from)) * 1000;
  }

  #receivedAt(time: number): number {
    const next = this.#samples.findIndex(({ at }) => at >= time);
    const after = this.#samples[next] ?? this.#samples.at(-1);
    const before = this.#samples[next - 1] ?? after;
    if (!after || !before) return 0;
    const share = after.at === before.at ? 1 : (time - before.at) / (after.at - before.at);
    return before.received + Math.min(share, 1) * (after.received - before.received);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.stdin?.end();
    await gone;
  }
}
