import type { TLSSocket } from 'node:tls';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { checkAccess, identify, type ProofReaders } from '../access/access.ts';
import { networkOf } from '../access/logins/attempts.ts';
import { TokenBuckets } from '../access/logins/token-buckets.ts';
import { type AccessRule, policyTable } from '../access/policy-table.ts';
import type { Shown, ShownCertificate } from '../access/shown.ts';
import { AppError, isAppError } from '../errors/app-error.ts';
import { type PeerCredentials, peerCredentials } from '../system/peer-credentials.ts';
import type { App } from './app.ts';
import { isNoStranger } from './limit-strangers.ts';
import type { LiveRequests } from './live-requests.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set for every route when it is added. */
    endpoint?: string;
    access?: AccessRule;
  }
}

/** What a connection shows stays as it is for all of its requests. */
interface Connection {
  readonly from: string;
  readonly peer?: PeerCredentials;
  readonly certificate?: ShownCertificate;
}

const connections = new WeakMap<object, Connection>();

const isTls = (socket: object): socket is TLSSocket => (socket as TLSSocket).encrypted === true;

function certificateOf(socket: TLSSocket): ShownCertificate | undefined {
  const { fingerprint256 } = socket.getPeerCertificate() ?? {};
  if (fingerprint256 === undefined) return undefined;
  const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();
  return socket.authorized ? { fingerprint } : { fingerprint, trouble: String(socket.authorizationError) };
}

/** `::ffff:192.0.2.1`, an IPv4 address behind a socket for both families, is `192.0.2.1`. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

function connectionOf({ raw: { socket } }: FastifyRequest): Connection {
  let known = connections.get(socket);
  if (known === undefined) {
    if (isTls(socket)) {
      const certificate = certificateOf(socket);
      const from = plainAddress(socket.remoteAddress ?? 'an address that is gone');
      known = { from, ...(certificate !== undefined && { certificate }) };
    } else {
      const peer = peerCredentials(socket);
      known = { from: socket.remoteAddress ?? 'unix socket', ...(peer !== undefined && { peer }) };
    }
    connections.set(socket, known);
  }
  return known;
}

/** What a request shows of who sends it. */
export function shownBy(request: FastifyRequest): Shown {
  const { authorization, cookie, 'bridgekeeper-author': author } = request.headers;
  return {
    ...connectionOf(request),
    ...(authorization !== undefined && { authorization }),
    ...(cookie !== undefined && { cookie }),
    ...(author !== undefined && { author: String(author) }),
  };
}

/** `GET /v1/guests/{id}`, as in the policy table and the OpenAPI document. HEAD is GET without a body. */
function endpointOf(method: string, url: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url.replace(/:([A-Za-z]+)/g, '{$1}')}`;
}

/** A route that the policy table does not know is a mistake of ours: nobody shall start a daemon that serves it. */
function ruleOf(route: RouteOptions): { endpoint: string; access: AccessRule } {
  const found = [route.method].flat().map((method) => {
    const endpoint = endpointOf(method, route.url);
    const access = Object.hasOwn(policyTable, endpoint) ? policyTable[endpoint] : undefined;
    if (access === undefined)
      throw new AppError('internal', `${endpoint} is not in the policy table, so nobody may use it.`);
    return { endpoint, access };
  });
  const [first, ...rest] = found;
  if (first === undefined || rest.some(({ access }) => access !== first.access))
    throw new AppError('internal', `${route.url} answers methods with different rules; expected a route for each.`);
  return first;
}

/**
 * Before anything else of a request is looked at: who sends it, and whether they may. To be called before the first
 * route is added. `request.principal` is who asks; where the policy table says `anyone`, it is `request.asker`, which
 * may be nobody.
 */
export function addAuthentication(app: App, readers: ProofReaders, live: LiveRequests): void {
  app.decorateRequest('asker', undefined);
  app.decorateRequest('principal', {
    getter(this: FastifyRequest) {
      if (this.asker === undefined) throw new AppError('unauthenticated', 'The request does not say who asks.');
      return this.asker;
    },
  });
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...ruleOf(route) };
  });
  app.addHook('onClose', async () => live.close());
  const tell = tellRefusals();
  app.addHook('onRequest', (request, reply, done) => {
    try {
      authenticate(request, readers);
      if (request.asker !== undefined) {
        live.enter(request.asker, reply.raw, request.raw.socket);
        isNoStranger(request.raw.socket);
      }
      done();
    } catch (error) {
      tell(request, error);
      done(error as Error);
    }
  });
}

/** Logs who was refused what, a few times a minute for each network: a flood of guesses must not fill the disk. */
function tellRefusals(): (request: FastifyRequest, error: unknown) => void {
  const told = new TokenBuckets({ capacity: 10, every: 10_000 }, () => performance.now());
  return (request, error) => {
    const { from } = connectionOf(request);
    if (!isAppError(error) || error.status >= 500 || told.take(networkOf(from)) > 0) return;
    const { endpoint } = request.routeOptions.config;
    request.log.warn({ from, who: request.asker?.name, endpoint, code: error.code }, error.message);
  };
}

function authenticate(request: FastifyRequest, readers: ProofReaders): void {
  // What does not exist is nobody's secret: the OpenAPI document says what does.
  if (request.is404) return;
  const { endpoint, access } = request.routeOptions.config;
  if (endpoint === undefined || access === undefined)
    throw new AppError('internal', `${request.method} ${request.routeOptions.url} has no rule of access.`);
  try {
    request.asker = identify(readers, shownBy(request));
  } catch (error) {
    // Whoever logs in may still show what ended.
    if (access.role !== 'anyone') throw error;
  }
  checkAccess(endpoint, access, request.asker);
}
