import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import type { ImportRequest, LeaseRequest, MacFilter } from '../../reconciler/macs/contract.ts';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { linesType, takeLines } from '../changes/lines-of-body.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList } from '../lists/list-source.ts';
import {
  importAnswerSchema,
  importQuerySchema,
  importRequestSchema,
  leaseAnswerSchema,
  leaseRequestSchema,
  macDetailsSchema,
  macFilters,
  macHolderSchema,
  macLeaseSchema,
  releaseAnswerSchema,
  releaseRequestSchema,
} from '../schemas/macs.ts';
import { problemSchema } from '../schemas.ts';
import { addMacPoolRoutes } from './mac-pools.ts';

const tags = ['macs'];
const macParams = z.object({ mac: z.string().min(1).max(64).describe('Such as `02:1a:3f:00:10:01`') });

/** Furthest time that a date can stand for (ECMA-262, 21.4.1.1). */
const latestTime = 8.64e15;

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

function filterOf({ state, since, until, ...rest }: z.output<z.ZodObject<typeof macFilters>>): MacFilter {
  return {
    ...rest,
    ...(since === undefined ? {} : { after: since }),
    ...(until === undefined ? {} : { before: until }),
    ...(state === undefined ? {} : { states: Array.isArray(state) ? state : [state] }),
  };
}

function addOrderRoutes(app: App, services: ServicesOf): void {
  takeLines(app, 'items', (scope) => {
    scope.post(
      '/v1/macs/leases',
      {
        schema: {
          tags,
          summary: 'Leases MAC addresses, with IP addresses in a segment: all or none',
          description: `A body of \`${linesType}\` has one of \`items\` a line.`,
          body: leaseRequestSchema,
          response: { 200: leaseAnswerSchema, default: problemSchema },
        },
      },
      (request) => services(request).engine.macs.lease(withKey(request.body, request), actorOf(request)),
    );
  });
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

const pickSkip = ({ skipConflicts }: z.output<typeof importQuerySchema>): Pick<ImportRequest, 'skipConflicts'> =>
  skipConflicts === undefined ? {} : { skipConflicts };

function addImportRoute(app: App, services: ServicesOf): void {
  takeLines(app, 'items', (scope) => {
    scope.post(
      '/v1/macs/import',
      {
        schema: {
          tags,
          summary: 'Takes over addresses that exist already, in one transaction; says with whom one conflicts',
          description: `A body of \`${linesType}\` has one of \`items\` a line; \`skipConflicts\` stands in the query then.`,
          querystring: importQuerySchema,
          body: importRequestSchema,
          response: { 200: importAnswerSchema, default: problemSchema },
        },
      },
      (request) =>
        services(request).engine.macs.import({ ...pickSkip(request.query), ...request.body }, actorOf(request)),
    );
  });
}

function addListRoute(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/macs',
    tags,
    operationId: 'listMacs',
    summary: 'Leases by owner, segment, pool, state, vendor and age, in the order in which they were made',
    description: 'Without `state`, all but `free`, which is history.',
    item: macLeaseSchema,
    filters: macFilters,
    limit: { usual: 1_000 },
    read: (filters, request) => {
      const { macs } = services(request).engine;
      const filter = filterOf(filters);
      return numberedList(async (from, limit) => {
        const { leases, next } = await macs.list(filter, from === undefined ? { limit } : { from, limit });
        return { items: leases, next };
      });
    },
  });
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
