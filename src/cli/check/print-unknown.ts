import { print } from '../output.ts';
import { shorten } from '../program.ts';
import { exitStatus, renderAnswer } from './answer.ts';
import { unknownAnswer } from './run-check.ts';

/** Says as a plugin that its arguments are wrong. Answers the exit status. */
export function printUnknown(error: unknown, what = ''): number {
  const text = error instanceof Error ? shorten(error.message).replace(/^error: /, '') : String(error);
  const answer = {
    ...unknownAnswer(what, new Error(text)),
    more: ['bridgekeeper check --help lists what can be checked'],
  };
  print(...renderAnswer(answer));
  return exitStatus.UNKNOWN;
}
