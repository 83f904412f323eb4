import { parentPort } from 'node:worker_threads';
import { isAppError } from '../errors/app-error.ts';
import type { Answer, Question } from './thread.ts';
import { type WorkName, work } from './work.ts';

async function answer({ name, request }: Question): Promise<Answer> {
  try {
    const value: unknown = await (work[name as WorkName] as (of: unknown) => Promise<unknown>)(request);
    return { value };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, message: error.message, mistakes: error.mistakes, details: error.details };
  }
}

parentPort?.on('message', async (question: Question) => parentPort?.postMessage(await answer(question)));
