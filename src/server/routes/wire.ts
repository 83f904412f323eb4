import { type App, actorOf, onlyPlans, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  conflictQuerySchema,
  conflictSchema,
  reportAnswerSchema,
  resolveAnswerSchema,
  resolveRequestSchema,
  seenAbout,
  seenFilters,
  seenReportSchema,
  seenSchema,
} from '../schemas/wire.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['wire'];

export function addWireRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/seen',
    tags,
    operationId: 'listSeen',
    summary: 'MAC addresses that show up where no NIC of the site has them, newest first',
    description: 'The newest 10,000; `total` says how many there are.',
    item: seenSchema,
    filters: seenFilters,
    about: seenAbout,
    limit: { usual: 1_000 },
    read: async (filter, request) => {
      const { seen, ...about } = await services(request).engine.wire.seen({ ...filter, limit: 10_000 });
      return wholeList(seen, ({ mac, host, device }) => `${mac} ${host} ${device}`, about);
    },
  });
  app.post(
    '/v1/seen',
    {
      schema: {
        tags,
        summary: 'Notes what another host sees at its ports: all of it or nothing',
        body: seenReportSchema,
        response: { 200: reportAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.report(request.body, onlyPlans(request)),
  );
  addList(app, {
    path: '/v1/conflicts',
    tags,
    operationId: 'listConflicts',
    summary: 'Leased MAC addresses that show up at a second place, newest first',
    item: conflictSchema,
    filters: conflictQuerySchema.shape,
    read: async (filter, request) =>
      wholeList(await services(request).engine.wire.conflicts(filter), (conflict) => String(conflict.id)),
  });
  app.post(
    '/v1/resolve',
    {
      schema: {
        tags,
        summary: 'Resolves a conflict, or says what a stranger on the wire is',
        body: resolveRequestSchema,
        response: { 200: resolveAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.resolve(request.body, actorOf(request)),
  );
}
