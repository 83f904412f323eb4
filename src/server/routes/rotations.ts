import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  rotateAnswerSchema,
  rotateRequestSchema,
  rotationFilters,
  rotationParamsSchema,
  rotationSchema,
} from '../schemas/rotations.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['rotations'];

export function addRotationRoutes(app: App, services: ServicesOf): void {
  app.post(
    '/v1/rotations',
    {
      schema: {
        tags,
        summary: 'Gives NICs new MAC addresses while they go on working',
        body: rotateRequestSchema,
        response: { 200: rotateAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.rotations.rotate(request.body, actorOf(request)),
  );
  addList(app, {
    path: '/v1/rotations',
    tags,
    operationId: 'listRotations',
    summary: 'Rotations that wait, are under way or failed, in the order in which they were asked for',
    item: rotationSchema,
    filters: rotationFilters,
    read: async (filter, request) => {
      const all = await services(request).engine.rotations.list();
      const wanted = Object.entries(filter) as [keyof (typeof all)[number], unknown][];
      const fits = all.filter((one) => wanted.every(([key, value]) => one[key] === value));
      return wholeList(fits, ({ guest, nic }) => `${guest}/${nic}`);
    },
  });
  app.delete(
    '/v1/rotations/:guest/:nic',
    {
      schema: {
        tags,
        summary: 'Goes back to the old MAC address, or forgets a rotation that failed',
        params: rotationParamsSchema,
        response: { 200: rotationSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.rotations.back(request.params.guest, request.params.nic, actorOf(request)),
  );
  app.post(
    '/v1/rotations/:guest/:nic/moved',
    {
      schema: {
        tags,
        summary: 'Says that the guest uses its new MAC address, where the host cannot hear it',
        params: rotationParamsSchema,
        response: { 200: rotationSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.rotations.moved(request.params.guest, request.params.nic, actorOf(request)),
  );
}
