import type { IncomingMessage } from 'node:http';
import type { Answer } from './transport.ts';

/** What Node's HTTP client was answered. */
export function answerOf(response: IncomingMessage): Answer {
  return {
    status: response.statusCode ?? 500,
    header: (name) => response.headers[name]?.toString(),
    pieces: response,
    trailers: () => response.trailers,
  };
}
