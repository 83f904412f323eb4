import type { OwnerRecord } from '../../reconciler/privacy/contract.ts';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  erasureReportSchema,
  erasureSchema,
  ownerParamsSchema,
  periodParamsSchema,
  periodSchema,
} from '../schemas/privacy.ts';
import { problemSchema } from '../schemas.ts';
import { streamText } from '../stream-text.ts';

const tags = ['privacy'];

async function* linesOf(records: AsyncIterable<OwnerRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

function addOwnerRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/privacy/owners/:owner',
    {
      schema: {
        tags,
        summary: 'Everything that is stored about an owner, as JSON Lines',
        description:
          '`record` says what a line is: `guest`, `object`, `lease`, `port-block`, `request`, `seen`, `journal`.',
        params: ownerParamsSchema,
        response: { default: problemSchema },
      },
    },
    (request, reply) =>
      streamText(reply, 'application/x-ndjson', linesOf(services(request).engine.privacy.show(request.params.owner))),
  );
  app.get(
    '/v1/privacy/owners/:owner/erasure',
    {
      schema: {
        tags,
        summary: 'What erasing an owner would take out, and what stays; changes nothing',
        params: ownerParamsSchema,
        response: { 200: erasureSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.privacy.plan(request.params.owner),
  );
  app.post(
    '/v1/privacy/owners/:owner/erasure',
    {
      schema: {
        tags,
        summary: 'Erases what is stored about an owner, but leases that are still held',
        params: ownerParamsSchema,
        response: { 200: erasureReportSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.privacy.erase(request.params.owner, actorOf(request)),
  );
}

export function addPrivacyRoutes(app: App, services: ServicesOf): void {
  addOwnerRoutes(app, services);
  addList(app, {
    path: '/v1/privacy/periods',
    tags,
    operationId: 'listPeriods',
    summary: 'Periods whose pseudonyms share a key, oldest first',
    item: periodSchema,
    read: async (_, request) => wholeList(await services(request).engine.privacy.periods(), ({ id }) => id),
  });
  app.post(
    '/v1/privacy/periods/:period/forget',
    {
      schema: {
        tags,
        summary: 'Destroys the key of a period that is over: it is anonymous for good',
        params: periodParamsSchema,
        response: { 200: periodSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.privacy.forgetPeriod(request.params.period, actorOf(request)),
  );
}
