import { parentPort } from 'node:worker_threads';
import { isAppError } from '../errors/app-error.ts';
import { parseSite } from '../model/parse-site.ts';
import type { ReadAnswer, ReadRequest } from './read-site.ts';

function read({ text, file }: ReadRequest): ReadAnswer {
  try {
    const { objects, warnings } = parseSite(text, { file });
    return { objects, warnings };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, message: error.message, mistakes: error.mistakes };
  }
}

parentPort?.once('message', (request: ReadRequest) => parentPort?.postMessage(read(request)));
