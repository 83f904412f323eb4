import { NotTold } from './not-told.ts';
import type { Outgoing } from './outgoing.ts';
import type { Sender } from './sender.ts';

/** Sends, and does not wait longer than `time` (ms) or for a `signal`, whatever becomes of the sender. */
export async function sendInTime(
  sender: Sender,
  messages: readonly Outgoing[],
  signal: AbortSignal,
  time: number,
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(time);
  const either = AbortSignal.any([signal, deadline]);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void =>
    reject(new NotTold(deadline.aborted ? `not told within ${time / 1000} s` : 'the daemon ends'));
  either.addEventListener('abort', stop);
  if (either.aborted) stop();
  try {
    return await Promise.race([sender.send(messages, either), stopped]);
  } finally {
    either.removeEventListener('abort', stop);
  }
}
