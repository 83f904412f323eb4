import type { FollowedEvent } from '../reconciler/events/contract.ts';

/** Milliseconds of silence after which a comment says that the connection stands. */
const heartbeat = 15_000;
/** Milliseconds after which whoever was cut off comes back. */
const retry = 1_000;

const silence = Symbol('silence');

/** Events as Server-Sent Events (WHATWG HTML, 9.2): `id:` is where to go on after a reconnection. */
export async function* eventFrames(events: AsyncIterable<FollowedEvent>, every = heartbeat): AsyncGenerator<string> {
  // At once, so that the reader knows that it is heard.
  yield `retry: ${retry}\n\n`;
  const iterator = events[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  try {
    for (let next = iterator.next(); ; ) {
      const beat = new Promise<typeof silence>((resolve) => {
        timer = setTimeout(() => resolve(silence), every);
      });
      const first = await Promise.race([next, beat]);
      clearTimeout(timer);
      if (first === silence) {
        yield ': still here\n\n';
        continue;
      }
      if (first.done) return;
      const { position, ...event } = first.value;
      yield `id: ${position}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
      next = iterator.next();
    }
  } finally {
    clearTimeout(timer);
    // Not awaited: it may wait for an event that never comes. Whoever follows ends it by its signal.
    void iterator.return?.();
  }
}
