import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { AppError, type Mistake } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { type ParsedSite, parseObject, parseSite, type SiteObject } from '../model/parse-site.ts';

/** What the worker answers; an AppError does not survive the way between threads as one. */
export type ReadAnswer =
  | { readonly objects: SiteObject[]; readonly warnings: Mistake[] }
  | { readonly code: ErrorCode; readonly message: string; readonly mistakes: Mistake[] };

export interface ReadRequest {
  readonly text: string;
  readonly file: string;
}

/** Texts up to this many characters are read on the spot. */
const small = 32 * 1024;
const chunk = 200;

/**
 * Reads site files without holding up the event loop: a large one is read in a thread of its own, and its objects are
 * turned into values a few at a time. `prepare` starts the thread beforehand, because starting takes longer than reading;
 * each reads one file and ends, so that it keeps no memory.
 */
export class SiteReader {
  #ready: Worker | undefined;
  #closed = false;

  /** Starts the thread for the next large file. */
  prepare(): void {
    if (this.#closed || this.#ready) return;
    const worker = new Worker(new URL('./read-site-worker.ts', import.meta.url), { execArgv: [] });
    worker.unref();
    // One that dies before it was asked is replaced when it is needed.
    worker.once('error', () => this.#forget(worker));
    worker.once('exit', () => this.#forget(worker));
    this.#ready = worker;
  }

  /** Throws what `parseSite` throws. */
  async read(request: ReadRequest): Promise<Pick<ParsedSite, 'objects' | 'warnings'>> {
    if (request.text.length <= small) return parseSite(request.text, { file: request.file });
    const answer = await this.#askWorker(request);
    if ('code' in answer) throw new AppError(answer.code, answer.message, { mistakes: answer.mistakes });
    for (const [index, object] of answer.objects.entries()) {
      // Values are remembered per object, so building the site later finds them ready.
      parseObject(object.kind, object.body);
      if (index % chunk === chunk - 1) await setImmediate();
    }
    return answer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#ready?.terminate();
  }

  #forget(worker: Worker): void {
    if (this.#ready === worker) this.#ready = undefined;
  }

  #askWorker(request: ReadRequest): Promise<ReadAnswer> {
    this.prepare();
    const worker = this.#ready;
    if (!worker) {
      return Promise.reject(new AppError('internal', 'site files are not read any more: the engine is closing'));
    }
    this.#ready = undefined;
    return new Promise((resolve, reject) => {
      worker.ref();
      worker.once('message', (answer: ReadAnswer) => resolve(answer));
      worker.once('error', (cause) => {
        reject(new AppError('internal', 'the thread that reads site files failed', { cause }));
      });
      worker.once('exit', () => {
        reject(new AppError('internal', 'the thread that reads site files ended without an answer'));
      });
      worker.postMessage(request);
    });
  }
}
