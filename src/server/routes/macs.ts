import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import type { LeaseRequest, MacFilter, Macs } from '../../reconciler/macs/contract.ts';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import {
  importAnswerSchema,
  importRequestSchema,
  leaseAnswerSchema,
  leaseRequestSchema,
  macDetailsSchema,
  macHolderSchema,
  macListQuerySchema,
  macListSchema,
  releaseAnswerSchema,
  releaseRequestSchema,
} from '../schemas/macs.ts';
import { problemSchema } from '../schemas.ts';
import { addMacPoolRoutes } from './mac-pools.ts';

const tags = ['macs'];
const macParams = z.object({ mac: z.string().min(1).max(64).describe('Such as `02:1a:3f:00:10:01`') });

/** Furthest time that a date can stand for (ECMA-262, 21.4.1.1). */
const latestTime = 8.64e15;

/** One line of JSON per lease; `application/x-ndjson` as many tools know it. */
const lines = 'application/x-ndjson';

/** The key of the body, or of the header (draft-ietf-httpapi-idempotency-key-header); both must say the same. */
function withKey(body: LeaseRequest, request: FastifyRequest): LeaseRequest {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return body;
  // The draft writes it as a quoted string, most clients without quotes.
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (key.length < 1 || key.length > 200) {
    throw new AppError('request-invalid', `Header Idempotency-Key has ${key.length} characters; expected 1 to 200.`);
  }
  if (body.requestKey !== undefined && body.requestKey !== key) {
    throw new AppError('request-invalid', 'The header Idempotency-Key and "requestKey" differ; expected one of them.');
  }
  return { ...body, requestKey: key };
}

/** All pages as they are asked for: memory holds one of them. */
async function* eachLine(macs: Macs, filter: MacFilter): AsyncGenerator<string> {
  let from: number | undefined;
  do {
    const page = await macs.list(filter, { limit: 1000, ...(from === undefined ? {} : { from }) });
    yield page.leases.map((lease) => `${JSON.stringify(lease)}\n`).join('');
    // Reading and writing a page never wait: without this nobody else would be answered before the last one.
    await setImmediate();
    from = page.next;
  } while (from !== undefined);
}

function filterOf({ limit: _, from: __, state, ...rest }: z.output<typeof macListQuerySchema>): MacFilter {
  return state === undefined ? rest : { ...rest, states: Array.isArray(state) ? state : [state] };
}

function addOrderRoutes(app: App, services: ServicesOf): void {
  app.post(
    '/v1/macs/leases',
    {
      schema: {
        tags,
        summary: 'Leases MAC addresses, with IP addresses in a segment: all or none',
        body: leaseRequestSchema,
        response: { 200: leaseAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.lease(withKey(request.body, request), actorOf(request)),
  );
  app.post(
    '/v1/macs/release',
    {
      schema: {
        tags,
        summary: 'Ends leases: all that are named or none',
        body: releaseRequestSchema,
        response: { 200: releaseAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.release(request.body, actorOf(request)),
  );
}

function addImportRoute(app: App, services: ServicesOf): void {
  app.post(
    '/v1/macs/import',
    {
      schema: {
        tags,
        summary: 'Takes over addresses that exist already, in one transaction; says with whom one conflicts',
        body: importRequestSchema,
        response: { 200: importAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.import(request.body, actorOf(request)),
  );
}

function addListRoute(app: App, services: ServicesOf): void {
  app.get(
    '/v1/macs',
    {
      schema: {
        tags,
        summary: 'Leases by owner, segment, pool, state, vendor and age, in pages',
        description: `With \`Accept: ${lines}\` all pages come as one stream, a lease a line; \`from\` and \`limit\` mean nothing then. Without \`state\`, all but \`free\`, which is history.`,
        querystring: macListQuerySchema,
        response: { 200: macListSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { macs } = services(request).engine;
      const { limit, from } = request.query;
      const filter = filterOf(request.query);
      if (!request.headers.accept?.includes(lines))
        return macs.list(filter, from === undefined ? { limit } : { from, limit });
      const rest = eachLine(macs, filter);
      // What is wrong with the filter is found by the first page, while a problem can still be answered.
      const first = await rest.next();
      const all = Readable.from(
        (async function* () {
          if (!first.done) yield first.value;
          yield* rest;
        })(),
        { objectMode: false },
      );
      return reply
        .type(lines)
        .serializer((value: unknown) => value as string)
        .send(all as never);
    },
  );
}

export function addMacRoutes(app: App, services: ServicesOf): void {
  addOrderRoutes(app, services);
  addImportRoute(app, services);
  addListRoute(app, services);
  addMacPoolRoutes(app, services);
  app.get(
    '/v1/macs/:mac',
    {
      schema: {
        tags,
        summary: 'Everything that is known of an address',
        params: macParams,
        response: { 200: macDetailsSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.show(request.params.mac),
  );
  app.get(
    '/v1/macs/:mac/holder',
    {
      schema: {
        tags,
        summary: 'Who held an address at a time',
        params: macParams,
        querystring: z.strictObject({
          at: z.coerce
            .number()
            .int()
            .min(-latestTime)
            .max(latestTime)
            .describe('Milliseconds since the epoch; now unless given')
            .exactOptional(),
        }),
        response: { 200: macHolderSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.who(request.params.mac, request.query.at),
  );
}
