import { Worker } from 'node:worker_threads';
import { libc } from '../../system/libc.ts';
import type { ThreadMessage, ThreadRequest, ThreadStart, ThreadStatus } from './thread-messages.ts';

/** Megabytes of its heap; records themselves lie outside of it. One that needs more ends and is started again. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 12, stackSizeMb: 2 };

interface ThreadEnds {
  readonly onEvent: (about: string, text: string) => void;
  /** It ended, with an error unless it was asked to. */
  readonly onEnd: (error: Error | undefined) => void;
}

/** One recording thread, from its start to its end. */
export class ThreadHandle {
  readonly #worker: Worker;
  readonly #answers = new Map<number, (status: ThreadStatus | undefined) => void>();
  #descriptors: readonly number[] = [];
  #number = 0;
  #error: Error | undefined;
  #closing = false;
  /** Resolves when sessions are recorded, with false when it ended before. */
  readonly recording: Promise<boolean>;
  readonly ended: Promise<void>;

  constructor(start: ThreadStart, { onEvent, onEnd }: ThreadEnds) {
    this.#worker = new Worker(new URL('./recorder-thread.ts', import.meta.url), {
      execArgv: [],
      workerData: start,
      resourceLimits,
    });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.recording = promise;
    this.#worker.on('message', (message: ThreadMessage) => {
      if (message.tell === 'opened') this.#descriptors = message.descriptors;
      else if (message.tell === 'recording') resolve(true);
      else if (message.tell === 'event') onEvent(message.about, message.text);
      else this.#answered(message.number, message.status);
    });
    this.#worker.on('error', (error) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.ended = new Promise((end) => {
      this.#worker.once('exit', (code) => {
        resolve(false);
        // A socket that listens and is read by nobody fills up, and then the kernel keeps every session that ends.
        for (const descriptor of this.#descriptors) libc().close(descriptor);
        for (const number of [...this.#answers.keys()]) this.#answered(number, undefined);
        onEnd(this.#closing ? this.#error : (this.#error ?? new Error(`it ended by itself, with status ${code}`)));
        end();
      });
    });
  }

  /** Answers how things stand once it is done; undefined when the thread ended before, or took longer than `patience` ms. */
  ask(request: ThreadRequest, patience: number): Promise<ThreadStatus | undefined> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered(number, undefined), patience);
      this.#answers.set(number, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
      this.#worker.postMessage({ number, request });
    });
  }

  /** Asks it to write what it has and to end; after `patience` ms it is ended. Answers its last word. */
  async close(patience: number): Promise<ThreadStatus | undefined> {
    this.#closing = true;
    const last = await this.ask({ ask: 'close' }, patience);
    if (!last) await this.#worker.terminate();
    await this.ended;
    return last;
  }

  #answered(number: number, status: ThreadStatus | undefined): void {
    const resolve = this.#answers.get(number);
    this.#answers.delete(number);
    resolve?.(status);
  }
}
