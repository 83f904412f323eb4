import type { FastifyReply } from 'fastify';
import { AppError } from '../errors/app-error.ts';

/**
 * For answers that go on until the asker has gone. Throws `request-invalid` when one is asked for behind another request
 * on one connection, without waiting for its answer (pipelining, RFC 9112, 9.3.2): until it is its turn nothing tells
 * that the connection has ended, so it would be kept ready for ever for nobody.
 */
export function refuseBehindAnother({ raw }: FastifyReply): void {
  if (raw.socket !== null) return;
  throw new AppError(
    'request-invalid',
    'An answer without an end was asked for behind a request that is not answered yet; expected a connection of its own, or to wait for that answer.',
  );
}
