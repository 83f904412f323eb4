import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { problemOf, renderProblem } from '../../errors/problem.ts';
import type { ChangeStage } from '../../reconciler/engine-contract.ts';
import { linesType } from './lines-of-body.ts';

/** Milliseconds after which whoever waits is told how far it is, whatever may still speak against the change. */
const patience = 1_000;

/**
 * Answers a change while it goes on, as lines of JSON: `{"stage","at"}` for each stage, then `{"result"}` or a problem.
 * What refuses the change before anything is touched is still answered as a problem with its status, unless that takes long.
 * The change goes on when the reader does not.
 */
export async function toldInLines<T>(
  reply: FastifyReply,
  work: (onStage: (stage: ChangeStage) => void) => Promise<T>,
): Promise<never> {
  const lines = new Readable({ read: () => undefined });
  const say = (line: string): void => {
    if (!lines.destroyed) lines.push(`${line}\n`);
  };
  const begun = performance.now();
  const ready = Promise.withResolvers<void>();
  const working = work((stage) => {
    say(JSON.stringify({ stage, at: Math.round(performance.now() - begun) }));
    if (stage === 'kernel') ready.resolve();
  });
  const late = setTimeout(ready.resolve, patience);
  try {
    await Promise.race([working, ready.promise]);
  } finally {
    clearTimeout(late);
  }
  void working
    .then((result) => say(JSON.stringify({ result })))
    .catch((error: unknown) => say(renderProblem(problemOf(error))))
    .finally(() => lines.push(null));
  return reply
    .type(linesType)
    .serializer((value: unknown) => value as string)
    .send(lines as never) as never;
}

/** Whether whoever asks wants lines. */
export const wantsLines = (accept: string | undefined): boolean => accept?.includes(linesType) ?? false;
