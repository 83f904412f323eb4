import { withDeadline } from './deadline.ts';
import { NotTold } from './not-told.ts';
import type { Outgoing } from './outgoing.ts';
import type { Sender } from './sender.ts';

/** Sends, and does not wait longer than `time` (ms) or for a `signal`, whatever becomes of the sender. */
export function sendInTime(
  sender: Sender,
  messages: readonly Outgoing[],
  signal: AbortSignal,
  time: number,
): Promise<string | undefined> {
  return withDeadline(signal, time, (either, late) => {
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(new NotTold(late() ? `not told within ${time / 1000} s` : 'the daemon ends'));
    either.addEventListener('abort', stop, { once: true });
    if (either.aborted) stop();
    return Promise.race([sender.send(messages, either), stopped]);
  });
}
