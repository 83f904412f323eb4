import { Readable } from 'node:stream';
import type { FollowedEvent } from '../reconciler/events/contract.ts';

/** Every so many milliseconds a comment says that the connection stands, unless something else did. */
const heartbeat = 15_000;
/** Milliseconds after which whoever was cut off comes back. */
const retry = 1_000;

const frames = new WeakMap<FollowedEvent, Buffer>();

/** Made once for all who follow: with many of them it is most of the work. */
function frameOf(followed: FollowedEvent): Buffer {
  let frame = frames.get(followed);
  if (frame === undefined) {
    const { position, ...event } = followed;
    frame = Buffer.from(`id: ${position}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
    frames.set(followed, frame);
  }
  return frame;
}

/** Events as Server-Sent Events (WHATWG HTML, 9.2): `id:` is where to go on after a reconnection. */
export function eventFrames(events: AsyncIterable<FollowedEvent>, every = heartbeat): Readable {
  const iterator = events[Symbol.asyncIterator]();
  let quiet = true;
  let asking = false;
  const stream = new Readable({
    read() {
      if (asking) return;
      asking = true;
      iterator.next().then(
        ({ done, value }) => {
          asking = false;
          quiet = false;
          if (!stream.destroyed) stream.push(done ? null : frameOf(value));
        },
        (error: Error) => stream.destroy(error),
      );
    },
    destroy(error, done) {
      clearInterval(timer);
      // Not awaited: it may wait for an event that never comes. Whoever follows ends it by its signal.
      void iterator.return?.();
      done(error);
    },
  });
  const timer = setInterval(() => {
    // Never on top of what is not taken: a reader who stands still is cut off.
    if (quiet && stream.readableLength === 0) stream.push(': still here\n\n');
    quiet = true;
  }, every);
  timer.unref();
  // At once, so that the reader knows that it is heard.
  stream.push(`retry: ${retry}\n\n`);
  return stream;
}
