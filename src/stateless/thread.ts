import { Worker } from 'node:worker_threads';
import { AppError, type Mistake } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';

export interface Question {
  readonly name: string;
  readonly request: unknown;
}

export type Answer =
  | { readonly value: unknown }
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly mistakes: Mistake[];
      readonly details: Record<string, unknown>;
    };

/** Milliseconds that one question may take, and questions that may wait at once. */
const longest = 60_000;
const mostWaiting = 8;
/** Milliseconds without a question after which the thread ends. */
const idleTime = 30_000;
/** Megabytes that the thread may use; what needs more is no site file of anybody's. */
const mostMemory = 512;

/**
 * Answers questions one after the other on a thread of its own, so that a text which takes long holds nobody else up.
 * What takes too long, or too much memory, ends with the thread; the next question gets a new one.
 */
export class Thread {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  /** Rejects with what the work throws, and with `too-many-requests` while too many wait. */
  async ask<T>(name: string, request: unknown): Promise<T> {
    if (this.#waiting >= mostWaiting) {
      throw new AppError('too-many-requests', `${mostWaiting} texts wait to be read already; ask again in a moment.`);
    }
    this.#waiting += 1;
    const answer = this.#last.then(() => this.#ask({ name, request }));
    this.#last = answer.catch(() => undefined);
    try {
      const found = await answer;
      if (!('code' in found)) return found.value as T;
      throw new AppError(found.code, found.message, { mistakes: found.mistakes, details: found.details });
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#endWhenIdle();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  /** What a large text took is given back when nobody asks any more. */
  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#waiting > 0) return;
      void this.#worker?.terminate();
      this.#worker = undefined;
    }, idleTime);
    this.#idle.unref();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMemory },
    });
    worker.unref();
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    worker.once('error', forget);
    worker.once('exit', forget);
    return worker;
  }

  #ask(question: Question): Promise<Answer> {
    if (this.#closed) return Promise.reject(new AppError('internal', 'texts are not read any more: the daemon ends'));
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const refuse = (why: string): void => {
      reject(new AppError('value-invalid', `The text could not be read: ${why}; expected a smaller one.`));
    };
    const timer = setTimeout(() => {
      refuse(`it took longer than ${longest / 1000} s`);
      this.#worker = undefined;
      void worker.terminate();
    }, longest);
    const fail = (cause: NodeJS.ErrnoException): void => {
      if (cause.code === 'ERR_WORKER_OUT_OF_MEMORY') refuse('it took too much memory');
      else reject(new AppError('internal', 'the thread that reads texts failed', { cause }));
    };
    const exit = (): void => reject(new AppError('internal', 'the thread that reads texts ended without an answer'));
    worker.once('message', resolve).once('error', fail).once('exit', exit);
    // The daemon does not end while somebody waits.
    worker.ref();
    worker.postMessage(question);
    return promise.finally(() => {
      clearTimeout(timer);
      worker.off('message', resolve).off('error', fail).off('exit', exit);
      worker.unref();
    });
  }
}
