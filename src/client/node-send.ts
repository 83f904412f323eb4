import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { contentOf } from './content.ts';
import type { Answer, Transport } from './transport.ts';

/** What Node's HTTP client was answered. */
function answerOf(response: IncomingMessage): Answer {
  return {
    status: response.statusCode ?? 500,
    header: (name) => response.headers[name]?.toString(),
    pieces: response,
    trailers: () => response.trailers,
  };
}

interface Begun {
  readonly method: string;
  readonly path: string;
  readonly signal?: AbortSignal;
  readonly headers: OutgoingHttpHeaders;
}

/** Sends calls by Node's HTTP client: `begin` makes the request, `who` are headers that say who asks. */
export function nodeSend(
  begin: (options: Begun) => ClientRequest,
  who: Readonly<Record<string, string>>,
  explain: Transport['explain'],
): Transport['send'] {
  return ({ method, path, accept, body, headers, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const content = contentOf(body);
    const about = content && { 'content-type': content.type, 'content-length': Buffer.byteLength(content.text) };
    const call = begin({
      method,
      path,
      ...(signal !== undefined && { signal }),
      headers: { accept, ...who, ...about, ...headers },
    });
    call.on('response', (response) => resolve(answerOf(response)));
    call.on('error', (error) => reject(explain(error)));
    call.end(content?.text);
    return promise;
  };
}

/** The header that shows a token. */
export const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
