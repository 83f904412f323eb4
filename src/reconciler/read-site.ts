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

/** Texts up to this many characters are read on the spot: starting a thread takes longer. */
const small = 32 * 1024;
const chunk = 400;

/**
 * Reads a site file without holding up the event loop: a large one is read in a thread of its own, and its objects
 * are turned into values a few at a time. Throws what `parseSite` throws.
 */
export async function readSite(request: ReadRequest): Promise<Pick<ParsedSite, 'objects' | 'warnings'>> {
  if (request.text.length <= small) return parseSite(request.text, { file: request.file });
  const answer = await askWorker(request);
  if ('code' in answer) throw new AppError(answer.code, answer.message, { mistakes: answer.mistakes });
  for (const [index, object] of answer.objects.entries()) {
    // Values are remembered per object, so building the site later finds them ready.
    parseObject(object.kind, object.body);
    if (index % chunk === chunk - 1) await setImmediate();
  }
  return answer;
}

function askWorker(request: ReadRequest): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./read-site-worker.ts', import.meta.url), { workerData: request });
    worker.once('message', (answer: ReadAnswer) => resolve(answer));
    worker.once('error', (cause) =>
      reject(new AppError('internal', 'the thread that reads site files failed', { cause })),
    );
    worker.once('exit', () =>
      reject(new AppError('internal', 'the thread that reads site files ended without an answer')),
    );
  });
}
