import swagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { ProofReaders } from '../access/access.ts';
import type { Ended } from '../access/ended.ts';
import type { Logins } from '../access/logins/logins.ts';
import type { ProofBook } from '../access/proofs/proof-book.ts';
import { certificateReader, tokenReader } from '../access/proofs/token.ts';
import { SocketPeers } from '../access/socket-peers.ts';
import { AppError } from '../errors/app-error.ts';
import type { Engine } from '../reconciler/engine-contract.ts';
import type { StoredObject } from '../registry/registry.ts';
import type { Stateless } from '../stateless/contract.ts';
import type { AnswerBook } from './answers/answer-book.ts';
import { addRepeatedAnswers } from './answers/repeat-answers.ts';
import type { App, MetricsText, Services, ServicesOf } from './app.ts';
import { addAuthentication } from './authenticate.ts';
import { addChangeOptions } from './changes/change-options.ts';
import { addNotModified } from './changes/not-modified.ts';
import { completeDocument } from './describe/complete-document.ts';
import type { ApiDocument } from './describe/document.ts';
import {
  handleBrokenRequest,
  handleError,
  handleExpectation,
  handleRouteError,
  handleUnknownPath,
} from './failures.ts';
import { addBodyLimit } from './limit-bodies.ts';
import { addRequestLimit, createRequestLimits } from './limit-requests.ts';
import { LiveRequests } from './live-requests.ts';
import { type LoginPlace, nowhere } from './login/login-place.ts';
import { addForgeryProtection } from './login/refuse-foreign-pages.ts';
import { addPage } from './page/page.ts';
import { addReader } from './reader/reader.ts';
import { refuseDeepJson } from './refuse-deep-json.ts';
import { addAccessRoutes } from './routes/access.ts';
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
import { addProviderRoutes } from './routes/login-provider.ts';
import { addMacRoutes } from './routes/macs.ts';
import { addMetricRoutes } from './routes/metrics.ts';
import { addMirrorRoutes } from './routes/mirrors.ts';
import { addObjectRoutes } from './routes/objects.ts';
import { addOwnAccountRoutes } from './routes/own-account.ts';
import { addOwnerRoutes } from './routes/owners.ts';
import { addPortRoutes } from './routes/ports.ts';
import { addPrivacyRoutes } from './routes/privacy.ts';
import { addRevisionRoutes } from './routes/revisions.ts';
import { addRotationRoutes } from './routes/rotations.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addSharedPortRoutes } from './routes/shared-ports.ts';
import { addSiteRoutes } from './routes/site.ts';
import { addStatusRoutes } from './routes/status.ts';
import { addTraceRoutes } from './routes/trace.ts';
import { addTrafficRoutes } from './routes/traffic.ts';
import { addWireRoutes } from './routes/wire.ts';
import { addSecurityHeaders } from './security-headers.ts';

/** Bytes of one request. 10,000 forwards as a site file are about one million. */
const bodyLimit = 16 * 1024 * 1024;

const info = {
  title: 'Bridgekeeper',
  version: '1',
  description:
    "The daemon's API, over HTTP on its unix socket and, where it listens, over TLS. Failures are problem documents (RFC 9457) with `code`, `remedy` and, for a site file, all `mistakes`. Lists come in pages (`limit`, `after`, `fields`) or, with `Accept: application/x-ndjson`, as a stream.",
};

/** Who comes in, and how. */
interface Doors {
  readonly logins: () => Logins;
  readonly proofs: () => ProofBook;
  readonly readers: ProofReaders;
  readonly live: LiveRequests;
  readonly place: LoginPlace;
  /** Answers that a repeated request gets again. */
  readonly answers?: AnswerBook | undefined;
}

async function createApp(
  services: ServicesOf,
  { logins, proofs, readers, live, place, answers }: Doors,
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
  app.server.on('checkExpectation', handleExpectation);
  app.setErrorHandler(handleRouteError);
  app.setNotFoundHandler(handleUnknownPath);
  const limits = createRequestLimits(() => performance.now());
  await addSecurityHeaders(app);
  addRequestLimit(app, limits.byNetwork);
  addAuthentication(app, readers, live);
  addForgeryProtection(app);
  addRequestLimit(app, limits.byPrincipal);
  addBodyLimit(app);
  app.addHook('onResponse', async (request, reply) => {
    const level = request.method === 'GET' ? 'debug' : 'info';
    request.log[level](
      // Without its query: what a provider sends a log-in back with is for nobody's eyes.
      {
        method: request.method,
        path: request.url.replace(/\?.*/s, ''),
        status: reply.statusCode,
        ms: reply.elapsedTime,
      },
      'request',
    );
  });
  addChangeOptions(app);
  addRepeatedAnswers(app, answers);
  addNotModified(app);
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info },
    transform: jsonSchemaTransform,
    transformObject: (document) => completeDocument(jsonSchemaTransformObject(document) as ApiDocument) as never,
  });
  await app.register(async (scope) => {
    const routes = scope as App;
    addSiteRoutes(routes, services);
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
    addOwnerRoutes(routes, services);
    addPortRoutes(routes, services);
    addRotationRoutes(routes, services);
    addSessionRoutes(routes, services);
    addSharedPortRoutes(routes, services);
    addTraceRoutes(routes, services);
    addTrafficRoutes(routes, services);
    addWireRoutes(routes, services);
    addLoginRoutes(routes, logins, place);
    addProviderRoutes(routes, logins, place);
    addOwnAccountRoutes(routes, logins);
    addAccountRoutes(routes, logins);
    addAccessRoutes(routes, proofs);
  });
  await addPage(app);
  addReader(app);
  await app.ready();
  return app;
}

/** Where a server's answers come from, and who may have them. */
export interface ServerOptions {
  readonly log?: FastifyBaseLogger;
  /** Reads all objects of the applied site (the registry's `objects`). */
  readonly objects: () => Promise<StoredObject[]>;
  readonly metrics?: MetricsText;
  /** Reads texts without a site; absent where nobody does. */
  readonly stateless?: Stateless;
  /** What those with an owner are answered from; absent: they are refused. */
  readonly tenants?: (owner: string) => Services;
  /** Who logs in on the page; absent where nobody can. */
  readonly logins?: Logins;
  /** Tokens and certificates; absent where there are none. */
  readonly proofs?: ProofBook;
  /** Answers that a repeated request gets again; absent where none are kept. */
  readonly answers?: AnswerBook;
  /** Says which proofs count no more: what is open for them is cut. */
  readonly ended?: Ended;
  /** Where the page is, and who else lets people in. */
  readonly place?: LoginPlace;
}

/**
 * The API in front of an engine. It does not listen yet: see `listenOnSocket` and `listenOnTls`. `close()` waits for
 * requests that are under way.
 */
export function createServer(engine: Engine, options: ServerOptions): Promise<App> {
  const { log, logins, proofs, ended, answers, tenants, place = nowhere, ...services } = options;
  const servicesOf: ServicesOf = ({ principal }) => {
    const { owner, name } = principal;
    if (owner === undefined) return { engine, ...services };
    if (tenants === undefined)
      throw new AppError('forbidden', `Tenants such as ${JSON.stringify(name)} are not served.`);
    return tenants(owner);
  };
  const live = new LiveRequests(Date.now);
  ended?.listen((id) => live.cut(id));
  const doors: Doors = {
    logins: () => logins ?? absent('Nobody can log in here.'),
    proofs: () => proofs ?? absent('There are no tokens and certificates here.'),
    readers: {
      socket: new SocketPeers(),
      ...(logins !== undefined && { logins }),
      ...(proofs !== undefined && { tokens: tokenReader(proofs), certificates: certificateReader(proofs) }),
    },
    live,
    place,
    answers,
  };
  return createApp(servicesOf, doors, log);
}

function absent(text: string): never {
  throw new AppError('not-found', text);
}

/** The OpenAPI 3.1 document, without an engine. */
export async function describeApi(): Promise<object> {
  const services = (): never => {
    throw new TypeError('the API is only described here, not served');
  };
  const live = new LiveRequests(Date.now);
  const app = await createApp(services, { logins: services, proofs: services, readers: {}, live, place: nowhere });
  const document = app.swagger();
  await app.close();
  return document;
}
