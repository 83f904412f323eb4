import type { App } from '../app.ts';
import { matchesWeakly, parseTags } from './preconditions.ts';

/** Answers 304 without a body where whoever asks has what would be answered already (RFC 9110, 13.1.2). */
export function addNotModified(app: App): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { 'if-none-match': noneMatch } = request.headers;
    const tag = reply.getHeader('etag');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (noneMatch === undefined || typeof tag !== 'string' || !isRead || reply.statusCode !== 200) return payload;
    if (!matchesWeakly(parseTags('If-None-Match', noneMatch), [tag.replace(/^W\//, '')])) return payload;
    reply.code(304).removeHeader('content-length').removeHeader('content-type');
    return null;
  });
}
