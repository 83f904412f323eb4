import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Principal } from '../access/principal.ts';
import { AppError } from '../errors/app-error.ts';
import type { Engine } from '../reconciler/engine-contract.ts';
import type { Actor } from '../registry/journal/journal.ts';
import type { StoredObject } from '../registry/registry.ts';

/** Fastify with zod schemas, as the route files see it. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** Figures as text. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** What the routes answer from. */
export interface Services {
  readonly engine: Engine;
  /** All objects of the applied site, in their input form. */
  objects(): Promise<StoredObject[]>;
  /** Absent where nobody keeps figures. */
  readonly metrics?: MetricsText;
}

/** What a request is answered from: a tenant's is the engine as far as it belongs to the tenant. */
export type ServicesOf = (request: FastifyRequest) => Services;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any route is reached. */
    principal: Principal;
  }
}

/**
 * Who asks, from the header `Bridgekeeper-Author` (percent-encoded). A label for history and journal, no proof:
 * whoever can open the socket may do everything.
 */
export function authorOf(request: FastifyRequest): string {
  const header = request.headers['bridgekeeper-author'];
  if (header === undefined) return 'api';
  let author: string;
  try {
    author = decodeURIComponent(String(header));
  } catch (cause) {
    throw new AppError(
      'request-invalid',
      `Header Bridgekeeper-Author ${JSON.stringify(header)} is not percent-encoded.`,
      { cause },
    );
  }
  if (!/^[^\p{C}]{1,64}$/u.test(author)) {
    throw new AppError(
      'request-invalid',
      `Header Bridgekeeper-Author ${JSON.stringify(author)} is not 1 to 64 printable characters.`,
    );
  }
  return author;
}

/** From where somebody asks: the peer's address, or the unix socket, which has none. */
export function originOf(request: FastifyRequest): string {
  return request.socket.remoteAddress ?? 'unix socket';
}

/** Who asks, and from where. */
export function actorOf(request: FastifyRequest): Actor {
  return { who: authorOf(request), from: originOf(request) };
}
