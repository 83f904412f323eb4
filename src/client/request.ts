import { AppError } from '../errors/app-error.ts';
import { errorOfProblem } from '../errors/problem.ts';
import type { Answer, Call, Transport } from './transport.ts';

async function* textPieces(answer: Answer): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of answer.pieces) yield decoder.decode(piece, { stream: true });
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** All of a body, as text. */
export async function textOf(answer: Answer): Promise<string> {
  let text = '';
  for await (const piece of textPieces(answer)) text += piece;
  return text;
}

function readValue(status: number, text: string, place: string): unknown {
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new AppError('daemon-unreachable', `What answers at ${JSON.stringify(place)} is not Bridgekeeper's daemon.`, {
      cause,
      details: { socket: place },
    });
  }
  if (status < 400) return value;
  throw (
    errorOfProblem(value) ?? new AppError('internal', `The daemon answered with HTTP status ${status} and no reason.`)
  );
}

/** Sends, and throws what the answer complains of. */
export async function sendWell(transport: Transport, call: Call): Promise<Answer> {
  const answer = await transport.send(call);
  if (answer.status >= 400) readValue(answer.status, await textOf(answer), transport.place);
  return answer;
}

/** `?guest=web1&limit=10`; what is undefined is left out, and nothing of nothing. */
export function queryOf(filter: object): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.append(key, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** An answer's value, and what its headers say. Waits as long as the connection lives: applying a large site takes its time. */
export async function requestAnswer<T>(
  transport: Transport,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ value: T; header: (name: string) => string | undefined }> {
  try {
    const call = { method, path, accept: 'application/json', headers, ...(body === undefined ? {} : { body }) };
    const answer = await transport.send(call);
    const value = readValue(answer.status, await textOf(answer), transport.place) as T;
    return { value, header: (name) => answer.header(name) };
  } catch (error) {
    throw transport.explain(error);
  }
}

/** One call of the API. */
export async function request<T>(transport: Transport, method: string, path: string, body?: object): Promise<T> {
  return (await requestAnswer<T>(transport, method, path, body)).value;
}

/** Text that the API answers piece by piece, as it comes: memory holds few of them at a time. */
export async function* requestText(transport: Transport, path: string, signal?: AbortSignal): AsyncGenerator<string> {
  try {
    const accept = 'application/x-ndjson';
    const call = { method: 'GET', path, accept, ...(signal === undefined ? {} : { signal }) };
    yield* textPieces(await sendWell(transport, call));
  } catch (error) {
    throw transport.explain(error);
  }
}

/** Bytes that the API answers piece by piece, as they come, and what it says at their end. */
export async function* requestBytes(
  transport: Transport,
  method: string,
  path: string,
  body: object,
  onEnd: (trailers: Readonly<Record<string, string | undefined>>) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const answer = await sendWell(transport, { method, path, accept: 'application/octet-stream', body });
    yield* answer.pieces;
    onEnd(answer.trailers());
  } catch (error) {
    throw transport.explain(error);
  }
}

async function* valuesOf<T>(pieces: AsyncIterable<string>): AsyncGenerator<T> {
  let rest = '';
  for await (const part of pieces) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as T;
  }
}

/** The lines of a body, each a value, as they come. */
export function linesOf<T>(answer: Answer): AsyncGenerator<T> {
  return valuesOf(textPieces(answer));
}

/** A list that the API answers line by line, as it comes. */
export function requestLines<T>(transport: Transport, path: string): AsyncGenerator<T> {
  return valuesOf(requestText(transport, path));
}

/** All of a list, read as a stream. */
export async function requestList<T>(transport: Transport, path: string): Promise<T[]> {
  const all: T[] = [];
  for await (const item of requestLines<T>(transport, path)) all.push(item);
  return all;
}

/** One page of a list, and what is said of all of it. */
export type Page<T, About extends object = object> = About & {
  readonly items: readonly T[];
  /** `after` of the page that follows; absent on the last one. */
  readonly next?: string;
};

/** Which page: as many items at most, behind the `next` of the page before. */
export interface PageOptions {
  readonly limit?: number;
  readonly after?: string;
}

/** One page of a list. */
export function requestPage<T, About extends object = object>(
  transport: Transport,
  path: string,
): Promise<Page<T, About>> {
  return request(transport, 'GET', path);
}
