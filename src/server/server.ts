import swagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { ProofReaders } from '../access/access.ts';
import type { Logins } from '../access/logins/logins.ts';
import { SocketPeers } from '../access/socket-peers.ts';
import { AppError } from '../errors/app-error.ts';
import type { Engine } from '../reconciler/engine-contract.ts';
import type { StoredObject } from '../registry/registry.ts';
import type { App, MetricsText, ServicesOf } from './app.ts';
import { addAuthentication } from './authenticate.ts';
import { completeDocument } from './describe/complete-document.ts';
import type { ApiDocument } from './describe/document.ts';
import { handleBrokenRequest, handleError, handleRouteError, handleUnknownPath } from './failures.ts';
import { addForgeryProtection } from './login/refuse-foreign-pages.ts';
import { addPage } from './page/page.ts';
import { refuseDeepJson } from './refuse-deep-json.ts';
import { addAccountRoutes } from './routes/accounts.ts';
import { addAlertRoutes } from './routes/alerts.ts';
import { addAuditRoutes } from './routes/audit.ts';
import { addChangeRoutes } from './routes/changes.ts';
import { addEventRoutes } from './routes/events.ts';
import { addExplainRoutes } from './routes/explain.ts';
import { addIsolationRoutes } from './routes/isolations.ts';
import { addLeaseRoutes } from './routes/leases.ts';
import { addLimitRoutes } from './routes/limits.ts';
import { addLoginRoutes } from './routes/login.ts';
import { addMacRoutes } from './routes/macs.ts';
import { addMetricRoutes } from './routes/metrics.ts';
import { addMirrorRoutes } from './routes/mirrors.ts';
import { addObjectRoutes } from './routes/objects.ts';
import { addOwnAccountRoutes } from './routes/own-account.ts';
import { addPortRoutes } from './routes/ports.ts';
import { addPrivacyRoutes } from './routes/privacy.ts';
import { addRevisionRoutes } from './routes/revisions.ts';
import { addRotationRoutes } from './routes/rotations.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addSharedPortRoutes } from './routes/shared-ports.ts';
import { addStatusRoutes } from './routes/status.ts';
import { addTraceRoutes } from './routes/trace.ts';
import { addTrafficRoutes } from './routes/traffic.ts';
import { addWireRoutes } from './routes/wire.ts';

/** Bytes of one request. 10,000 forwards as a site file are about one million. */
const bodyLimit = 16 * 1024 * 1024;

const info = {
  title: 'Bridgekeeper',
  version: '1',
  description:
    "The daemon's API, over HTTP on its unix socket and, where it listens, over TLS. Failures are problem documents (RFC 9457) with `code`, `remedy` and, for a site file, all `mistakes`. Lists come in pages (`limit`, `after`, `fields`) or, with `Accept: application/x-ndjson`, as a stream.",
};

async function createApp(
  services: ServicesOf,
  logins: () => Logins,
  readers: ProofReaders,
  log?: FastifyBaseLogger,
): Promise<App> {
  const app = Fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // Milliseconds in which a whole request must have come.
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: handleBrokenRequest,
    frameworkErrors: handleError,
  }).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  // The schemas of answers are for the compiler and the OpenAPI document; checking each answer again costs time only.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.removeContentTypeParser(['text/plain', 'application/json']);
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    try {
      refuseDeepJson(text);
    } catch (error) {
      done(error as Error);
      return;
    }
    parseJson(request, text, done);
  });
  app.setErrorHandler(handleRouteError);
  app.setNotFoundHandler(handleUnknownPath);
  addAuthentication(app, readers);
  addForgeryProtection(app);
  app.addHook('onResponse', async (request, reply) => {
    const level = request.method === 'GET' ? 'debug' : 'info';
    request.log[level](
      { method: request.method, path: request.url, status: reply.statusCode, ms: reply.elapsedTime },
      'request',
    );
  });
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info },
    transform: jsonSchemaTransform,
    transformObject: (document) => completeDocument(jsonSchemaTransformObject(document) as ApiDocument) as never,
  });
  await app.register(async (scope) => {
    const routes = scope as App;
    addStatusRoutes(routes, services);
    addAlertRoutes(routes, services);
    addAuditRoutes(routes, services);
    addEventRoutes(routes, services);
    addPrivacyRoutes(routes, services);
    addChangeRoutes(routes, services);
    addRevisionRoutes(routes, services);
    addIsolationRoutes(routes, services);
    addLeaseRoutes(routes, services);
    addLimitRoutes(routes, services);
    addMacRoutes(routes, services);
    addMetricRoutes(routes, services);
    addExplainRoutes(routes, services);
    addMirrorRoutes(routes, services);
    addObjectRoutes(routes, services);
    addPortRoutes(routes, services);
    addRotationRoutes(routes, services);
    addSessionRoutes(routes, services);
    addSharedPortRoutes(routes, services);
    addTraceRoutes(routes, services);
    addTrafficRoutes(routes, services);
    addWireRoutes(routes, services);
    addLoginRoutes(routes, logins);
    addOwnAccountRoutes(routes, logins);
    addAccountRoutes(routes, logins);
  });
  await addPage(app);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

/** Where a server's answers come from, and who may have them. */
export interface ServerOptions {
  readonly log?: FastifyBaseLogger;
  /** Reads all objects of the applied site (the registry's `objects`). */
  readonly objects: () => Promise<StoredObject[]>;
  readonly metrics?: MetricsText;
  /** Who logs in on the page; absent where nobody can. */
  readonly logins?: Logins;
  /** Ways to show who one is, besides the unix socket and a login. */
  readonly readers?: ProofReaders;
}

/**
 * The API in front of an engine. It does not listen yet: see `listenOnSocket` and `listenOnTls`. `close()` waits for
 * requests that are under way.
 */
export function createServer(engine: Engine, options: ServerOptions): Promise<App> {
  const { log, logins, readers, ...services } = options;
  const servicesOf: ServicesOf = ({ principal }) => {
    if (principal.owner !== undefined)
      throw new AppError('forbidden', `Tenants such as ${JSON.stringify(principal.name)} are not served yet.`);
    return { engine, ...services };
  };
  const loginsOrNone = (): Logins => {
    if (logins === undefined) throw new AppError('not-found', 'Nobody can log in here.');
    return logins;
  };
  const all = { socket: new SocketPeers(), ...(logins === undefined ? {} : { logins }), ...readers };
  return createApp(servicesOf, loginsOrNone, all, log);
}

/** The OpenAPI 3.1 document, without an engine. */
export async function describeApi(): Promise<object> {
  const services = (): never => {
    throw new TypeError('the API is only described here, not served');
  };
  const app = await createApp(services, services, {});
  const document = app.swagger();
  await app.close();
  return document;
}
