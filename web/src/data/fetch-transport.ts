import { contentOf } from '../../../src/client/content.ts';
import type { Answer, Call, Transport } from '../../../src/client/transport.ts';
import { AppError, isAppError } from '../../../src/errors/app-error.ts';

/** Sent with every change, so that no other page can make one in the name of who is logged in (CSRF). */
const csrfHeader = 'bridgekeeper-csrf';

let csrf: string | undefined;

/** What `GET /v1/me` said must go with every change; undefined without a log-in. */
export function setCsrf(token: string | undefined): void {
  csrf = token;
}

function unreachable(cause: unknown): AppError {
  return new AppError('daemon-unreachable', `The daemon does not answer at ${location.origin}.`, { cause });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Pieces of a body. ReadableStream is no async iterable in every browser yet. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function answerOf(response: Response): Answer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    pieces: response.body === null ? nothing() : piecesOf(response.body),
    // fetch does not tell them.
    trailers: () => ({}),
  };
}

/** The daemon that this page came from. `onStranger` is told when it does not know who asks (status 401). */
export function fetchTransport(onStranger: () => void): Transport {
  const explain = (error: unknown): Error => (isAppError(error) ? error : unreachable(error));
  const send = async ({ method, path, accept, body, headers, signal }: Call): Promise<Answer> => {
    const content = contentOf(body);
    const changes = method !== 'GET' && method !== 'HEAD';
    try {
      const response = await fetch(path, {
        method,
        credentials: 'same-origin',
        redirect: 'error',
        headers: {
          accept,
          ...(content !== undefined && { 'content-type': content.type }),
          ...(changes && csrf !== undefined && { [csrfHeader]: csrf }),
          ...headers,
        },
        ...(content !== undefined && { body: content.text }),
        ...(signal !== undefined && { signal }),
      });
      if (response.status === 401) onStranger();
      return answerOf(response);
    } catch (error) {
      throw explain(error);
    }
  };
  return { place: location.origin, send, explain };
}
