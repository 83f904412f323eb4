import { request as httpRequest, type IncomingMessage } from 'node:http';
import { AppError, isAppError } from '../errors/app-error.ts';
import { errorOfProblem } from '../errors/problem.ts';

export interface ClientOptions {
  /** Path of the daemon's unix socket. */
  readonly socket: string;
  /** Who asks; goes into revisions and journal. */
  readonly author?: string;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  EACCES: 'you may not open it; it is for root and the group "bridgekeeper": use sudo',
  ENOTSOCK: 'it is not a socket',
  ECONNRESET: 'the daemon closed the connection before it answered',
};

function unreachable(socket: string, error: NodeJS.ErrnoException): AppError {
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new AppError('daemon-unreachable', `The daemon does not answer at ${JSON.stringify(socket)}: ${reason}.`, {
    cause: error,
    details: { socket },
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function answerOf(status: number, text: string, socket: string): unknown {
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new AppError(
      'daemon-unreachable',
      `What answers at ${JSON.stringify(socket)} is not Bridgekeeper's daemon.`,
      {
        cause,
        details: { socket },
      },
    );
  }
  if (status < 400) return value;
  throw (
    errorOfProblem(value) ?? new AppError('internal', `The daemon answered with HTTP status ${status} and no reason.`)
  );
}

function send(
  options: ClientOptions,
  method: string,
  path: string,
  accept: string,
  body?: object,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const content = body === undefined ? undefined : JSON.stringify(body);
  const call = httpRequest({
    socketPath: options.socket,
    method,
    path,
    agent: false,
    ...(signal !== undefined && { signal }),
    headers: {
      host: 'bridgekeeper',
      accept,
      ...(options.author !== undefined && { 'bridgekeeper-author': encodeURIComponent(options.author) }),
      ...(content !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(content),
      }),
    },
  });
  call.on('response', resolve);
  call.on('error', reject);
  call.end(content);
  return promise;
}

/** `?guest=web1&limit=10`; what is undefined is left out, and nothing of nothing. */
export function queryOf(filter: object): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.append(key, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** One call of the API. Waits for the answer as long as the connection lives: applying a large site takes its time. */
export async function request<T>(options: ClientOptions, method: string, path: string, body?: object): Promise<T> {
  try {
    const response = await send(options, method, path, 'application/json', body);
    return answerOf(response.statusCode ?? 500, await textOf(response), options.socket) as T;
  } catch (error) {
    throw isAppError(error) ? error : unreachable(options.socket, error as NodeJS.ErrnoException);
  }
}

/** Text that the API answers piece by piece, as it comes: memory holds few of them at a time. */
export async function* requestText(options: ClientOptions, path: string, signal?: AbortSignal): AsyncGenerator<string> {
  try {
    const response = await send(options, 'GET', path, 'application/x-ndjson', undefined, signal);
    const status = response.statusCode ?? 500;
    if (status >= 400) answerOf(status, await textOf(response), options.socket);
    for await (const part of response.setEncoding('utf8')) yield part as string;
  } catch (error) {
    throw isAppError(error) ? error : unreachable(options.socket, error as NodeJS.ErrnoException);
  }
}

/** Bytes that the API answers piece by piece, as they come, and what it says at their end. */
export async function* requestBytes(
  options: ClientOptions,
  method: string,
  path: string,
  body: object,
  onEnd: (trailers: NodeJS.Dict<string>) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const response = await send(options, method, path, 'application/octet-stream', body);
    const status = response.statusCode ?? 500;
    if (status >= 400) answerOf(status, await textOf(response), options.socket);
    for await (const part of response) yield part as Uint8Array;
    onEnd(response.trailers);
  } catch (error) {
    throw isAppError(error) ? error : unreachable(options.socket, error as NodeJS.ErrnoException);
  }
}

/** A list that the API answers line by line, as it comes. */
export async function* requestLines<T>(options: ClientOptions, path: string): AsyncGenerator<T> {
  let rest = '';
  for await (const part of requestText(options, path)) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as T;
  }
}
