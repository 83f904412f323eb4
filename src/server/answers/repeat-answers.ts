import { createHash } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../errors/app-error.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { type App, onlyPlans } from '../app.ts';
import type { AnswerBook, Earlier } from './answer-book.ts';

/** Bytes of an answer in pieces that are kept for who asks again. */
const mostKept = 8 * 1024 * 1024;

/** Headers that belong to an answer, not to the connection that it went by. */
const keptHeaders = ['content-type', 'etag', 'location'] as const;

/** Whose keys they are: keys of one asker say nothing to another. */
function askerOf({ principal: { proof, id, name, owner } }: FastifyRequest): string {
  return JSON.stringify([proof, id ?? name, owner ?? null]);
}

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** What was asked for; how it was written down is no part of it, since the body was read by its schema. */
function printOf(request: FastifyRequest): string {
  // Passwords are stored as what cannot be guessed fast, so not in a hash like this one.
  const body = JSON.stringify(request.body ?? null, (name, value) => (name === 'password' ? undefined : value));
  const { 'if-match': match = '', 'if-none-match': noneMatch = '', accept = '' } = request.headers;
  const inLines = String(accept.includes('application/x-ndjson'));
  return digest(request.method, request.url, body, match, noneMatch, inLines);
}

/** The key; the draft writes it as a quoted string, most clients without quotes. */
function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (key !== '') return key;
  throw new AppError('request-invalid', 'Header Idempotency-Key is empty; expected 1 to 200 characters.');
}

const timeOf = (at: number): string => new Date(at).toISOString();

function refuse(key: string, earlier: Exclude<Earlier, { state: 'new' }>): AppError {
  const title = `Idempotency-Key ${JSON.stringify(key)}`;
  const when = timeOf(earlier.at);
  const details = { key, at: earlier.at };
  switch (earlier.state) {
    case 'another':
      return new AppError(
        'key-reused',
        `${title} was used for another request at ${when}; expected the same request, or a key of its own.`,
        { details },
      );
    case 'under way':
      return new AppError('request-under-way', `The request with ${title} of ${when} is still under way.`, { details });
    case 'unknown':
      return new AppError(
        'outcome-unknown',
        `The request with ${title} was begun at ${when}, but the daemon ended before it could keep the answer: it may have been done or not.`,
        { details },
      );
    case 'done':
      return new AppError(
        'answer-gone',
        `The request with ${title} was done at ${when} (status ${earlier.status}), but its answer was secret or too large to be kept.`,
        { details: { ...details, status: earlier.status } },
      );
  }
}

/** Reads pieces to their end, whether or not whoever asked still listens, and then keeps them. */
function keepPieces(pieces: Readable, keep: (body: Buffer) => Promise<void>, lose: () => void): Readable {
  const out = new PassThrough();
  // Whoever asked has gone; what goes on is still kept.
  out.on('error', () => undefined);
  const read = async (): Promise<void> => {
    const kept: Buffer[] = [];
    let size = 0;
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece);
      size += bytes.length;
      if (size <= mostKept) kept.push(bytes);
      if (!out.destroyed && !out.write(bytes)) await drained(out);
    }
    if (size > mostKept) lose();
    else await keep(Buffer.concat(kept));
    out.end();
  };
  read().catch((error: Error) => {
    lose();
    out.destroy(error);
  });
  return out;
}

function drained(out: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    out.once('drain', resolve).once('close', resolve);
  });
}

/**
 * Makes changes safe to repeat (draft-ietf-httpapi-idempotency-key-header): with a key that came before, the answer of
 * then. A request that was refused has changed nothing, so its key may be used again.
 */
export function addRepeatedAnswers(app: App, book: AnswerBook | undefined): void {
  const begun = new WeakMap<FastifyRequest, string>();
  app.addHook('preHandler', async (request, reply) => {
    const { change } = request.routeOptions.config;
    if (change === undefined || change.ofLogin || change.ownKeys || onlyPlans(request)) return;
    const key = keyOf(request);
    if (key === undefined) return;
    if (book === undefined) throw new AppError('unsupported', 'This server keeps no answers; send no Idempotency-Key.');
    const asker = askerOf(request);
    const id = digest(asker, key);
    const earlier = await book.begin(id, asker, printOf(request));
    if (earlier.state === 'new') {
      begun.set(request, id);
      return;
    }
    if (earlier.state !== 'done' || earlier.answer === undefined) throw refuse(key, earlier);
    const { status, headers, body } = earlier.answer;
    return reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(body);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const id = begun.get(request);
    if (id === undefined || book === undefined) return payload;
    begun.delete(request);
    return keep(book, id, request, reply, payload);
  });
  app.addHook('onResponse', async (request) => {
    const id = begun.get(request);
    if (id !== undefined) book?.lose(id);
  });
}

/** Keeps what is about to be sent. That it cannot be kept is no reason not to send it. */
async function keep(
  book: AnswerBook,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const complain = (err: unknown): void =>
    request.log.error({ err }, 'the answer to a request with a key could not be kept');
  const { statusCode: status } = reply;
  if (changedNothing(status, payload)) {
    await book.forget(id).catch(complain);
    return payload;
  }
  const secret = request.routeOptions.config.change?.secret === true;
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
  const end = (body: Buffer): Promise<void> => book.end(id, { status, headers, body }, secret).catch(complain);
  const endOfLines = (body: Buffer): Promise<void> => {
    const last = body.toString().trimEnd().split('\n').at(-1) ?? '';
    return isProblem(last) && changedNothing(500, last) ? book.forget(id).catch(complain) : end(body);
  };
  if (isStream(payload)) return keepPieces(payload, endOfLines, () => book.lose(id));
  await end(Buffer.isBuffer(payload) ? payload : Buffer.from(String(payload ?? '')));
  return payload;
}

/** Failures after which nobody knows what was changed. */
const uncertain: ReadonlySet<unknown> = new Set<ErrorCode>(['undo-failed', 'internal']);

/** A request that was refused, or whose every step was undone, can be sent again. */
function changedNothing(status: number, payload: unknown): boolean {
  if (status < 400) return false;
  if (status < 500 || typeof payload !== 'string') return status < 500;
  try {
    return !uncertain.has((JSON.parse(payload) as { readonly code?: unknown }).code ?? 'internal');
  } catch {
    return false;
  }
}

/** Whether a line of an answer in lines says that it failed. */
const isProblem = (line: string): boolean => line.startsWith('{"type":"urn:bridgekeeper:error:');

const isStream = (payload: unknown): payload is Readable =>
  typeof payload === 'object' && payload !== null && typeof (payload as Readable).pipe === 'function';
