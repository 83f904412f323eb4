import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Principal } from '../access/principal.ts';
import type { Engine } from '../reconciler/engine-contract.ts';
import type { Asker } from '../registry/journal/journal.ts';
import type { StoredObject } from '../registry/registry.ts';
import type { Stateless } from '../stateless/contract.ts';

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
  /** Reads texts without a site; absent where nobody does. */
  readonly stateless?: Stateless;
  /** Absent where nobody keeps figures. */
  readonly metrics?: MetricsText;
}

/** What a request is answered from: a tenant's is the engine as far as it belongs to the tenant. */
export type ServicesOf = (request: FastifyRequest) => Services;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any route is reached. Throws `unauthenticated` when nobody has said it. */
    readonly principal: Principal;
    /** The same, where the policy table lets `anyone` in: undefined when nobody has said it. */
    asker: Principal | undefined;
  }
}

/** Who asks, for history and journal. */
export function authorOf(request: FastifyRequest): string {
  return request.principal.name;
}

/** From where somebody asks: the peer's address, or the unix socket, which has none. */
export function originOf(request: FastifyRequest): string {
  return request.principal.from;
}

/** Who asks, from where, and whether a change is only to be planned (`plan=true`). */
export function actorOf(request: FastifyRequest): Asker {
  const onlyPlan = onlyPlans(request) ? { onlyPlan: true } : {};
  return { who: authorOf(request), from: originOf(request), ...onlyPlan };
}

/** Whether a change is only to be planned. */
export function onlyPlans(request: FastifyRequest): boolean {
  return (request.query as { readonly plan?: boolean } | undefined)?.plan === true;
}
