import { z } from 'zod';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  isolationChoiceSchema,
  isolationFilters,
  isolationNicSchema,
  isolationOrderSchema,
  isolationSchema,
} from '../schemas/isolations.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['isolation'];
const response = { 200: z.array(isolationSchema), default: problemSchema };

export function addIsolationRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/isolations',
    tags,
    operationId: 'listIsolations',
    summary: 'NICs that are cut off or limited, the oldest first',
    item: isolationSchema,
    filters: isolationFilters,
    read: async ({ guest, owner }, request) => {
      const all = await services(request).engine.isolation.list();
      const fits = all.filter(
        (one) => (guest === undefined || one.guest === guest) && (owner === undefined || one.owner === owner),
      );
      return wholeList(fits, ({ nic }) => nic);
    },
  });
  app.post(
    '/v1/isolations',
    {
      schema: {
        tags,
        summary: 'Cuts a NIC or all of a guest off, or limits its frames, for a time',
        body: isolationOrderSchema,
        response,
      },
    },
    (request) => services(request).engine.isolation.isolate(request.body, actorOf(request)),
  );
  app.delete(
    '/v1/isolations/:guest',
    {
      schema: {
        tags,
        summary: 'Lets a NIC or all of a guest go, and answers what was',
        params: isolationChoiceSchema,
        querystring: isolationNicSchema,
        response,
      },
    },
    (request) => services(request).engine.isolation.undo({ ...request.params, ...request.query }, actorOf(request)),
  );
}
