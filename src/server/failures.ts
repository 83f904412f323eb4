import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, isAppError, type Mistake } from '../errors/app-error.ts';
import { problemOf, renderProblem } from '../errors/problem.ts';

export const problemType = 'application/problem+json';

function send(reply: FastifyReply, error: AppError, status?: number): FastifyReply {
  const problem = problemOf(error, status);
  // RFC 9110, 15.5.2: which way there is to say who asks.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="bridgekeeper"');
  const { retryAfter } = error.details;
  if (typeof retryAfter === 'number') reply.header('retry-after', Math.ceil(retryAfter));
  return reply
    .code(problem.status)
    .type(problemType)
    .serializer((text: string) => text)
    .send(renderProblem(problem));
}

/** Mistakes that are told, those that stand in the sentence as well, and characters of each: an answer is read by people. */
const mostMistakes = 100;
const mostInSentence = 10;
const longestMessage = 500;

/** What zod found in body, query or path. */
function mistakesOf(error: FastifyError): Mistake[] {
  if (!hasZodFastifySchemaValidationErrors(error)) return [];
  return error.validation.slice(0, mostMistakes).map((issue) => ({
    path: issue.instancePath.replace(/^\//, '').replaceAll('/', '.'),
    message: (issue.message ?? 'is not as the API expects').slice(0, longestMessage),
    severity: 'error',
  }));
}

function requestInvalid(error: FastifyError): AppError {
  const mistakes = mistakesOf(error);
  if (error.statusCode === 415)
    return new AppError(
      'request-invalid',
      'The body is of a kind that is not read here; expected "content-type: application/json".',
    );
  if (mistakes.length === 0) return new AppError('request-invalid', error.message);
  const where = `The ${error.validationContext ?? 'request'} is not as the API expects`;
  const first = mistakes.slice(0, mostInSentence);
  const list = first.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  const count = error.validation?.length ?? 0;
  const more = count > first.length ? `; and ${count - first.length} more` : '';
  return new AppError('request-invalid', `${where}: ${list}${more}.`, { mistakes });
}

/**
 * Reads the rest of a body that was refused and throws it away: who still writes when the connection closes would
 * never see the answer. requestTimeout bounds it.
 */
function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    request.once('end', resolve).once('close', resolve).resume();
  });
}

/** The error handler of routes: the same as `handleError`, once the caller can hear it. */
export async function handleRouteError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if ((error as FastifyError).statusCode === 413) await drain(request.raw);
  // Fastify waits for the answer that is returned: hooks may still look at it.
  return handleError(error, request, reply);
}

/** Answers every failure as a problem document; what the caller did wrong is never a 5xx. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isAppError(error)) {
    if (error.status >= 500) request.log.error({ err: error, details: error.details }, error.message);
    return send(reply, error);
  }
  const { statusCode } = error as FastifyError;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return send(reply, requestInvalid(error as FastifyError), statusCode);
  }
  request.log.error({ err: error }, 'a request failed in a way nobody foresaw');
  return send(reply, new AppError('internal', problemOf(error).detail));
}

export function handleUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.slice(0, 200);
  return send(
    reply,
    new AppError('not-found', `The API has no ${request.method} ${JSON.stringify(path)}; see /openapi.json.`),
  );
}

/** What somebody expects of the answer that nobody here promises (RFC 9110, 10.1.1): Node itself would say no reason. */
export function handleExpectation(request: IncomingMessage, response: ServerResponse): void {
  const expected = JSON.stringify(String(request.headers.expect).slice(0, 80));
  const failure = new AppError('request-invalid', `Header Expect is ${expected}; expected 100-continue or none.`);
  response
    .writeHead(417, { 'content-type': problemType, connection: 'close' })
    .end(renderProblem(problemOf(failure, 417)));
}

/** Bytes that are no HTTP: answered as far as the connection still allows. */
export function handleBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const reason = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status];
  const failure = new AppError(
    'request-invalid',
    `What was sent is not an HTTP request that can be read: ${error.message}.`,
  );
  const body = renderProblem(problemOf(failure, status));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
