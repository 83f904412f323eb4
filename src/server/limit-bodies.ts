import { placeOf } from '../access/principal.ts';
import { AppError } from '../errors/app-error.ts';
import type { App } from './app.ts';

/**
 * Bytes of bodies that one owner, token, certificate or login may have under way at once: eight of the largest. They
 * are in memory while they come, and what is read of them until they are answered.
 */
export const mostUnderWay = 128 * 1024 * 1024;

/**
 * Refuses a body with `too-many-requests` before anything of it is read when whoever sends it has too much under way
 * already. To be called behind `addAuthentication`: nobody else's body is read but those of a few kilobytes.
 */
export function addBodyLimit(app: App): void {
  const underWay = new Map<string, number>();
  app.addHook('onRequest', (request, reply, done) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    const place = request.asker && placeOf(request.asker);
    // One whose length is not said may be as long as any.
    const bytes = encoding === undefined ? Number(length ?? 0) : request.routeOptions.bodyLimit;
    if (place === undefined || bytes === 0) return done();
    const before = underWay.get(place) ?? 0;
    // What is too large in any case is refused for that.
    if (before > 0 && before + bytes > mostUnderWay)
      return done(
        new AppError('too-many-requests', 'Too much of what you sent is under way; send the next one a moment later.', {
          details: { retryAfter: 1 },
        }),
      );
    underWay.set(place, before + bytes);
    const { socket } = request.raw;
    let counts = true;
    const end = (): void => {
      if (!counts) return;
      counts = false;
      socket.off('close', end);
      const left = (underWay.get(place) ?? 0) - bytes;
      if (left > 0) underWay.set(place, left);
      else underWay.delete(place);
    };
    reply.raw.once('close', end);
    // A response that never got its turn does not tell when the connection ends (pipelining).
    socket.once('close', end);
    done();
  });
}
