import { z } from 'zod';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { rotateAnswerSchema, rotateRequestSchema, rotationParamsSchema, rotationSchema } from '../schemas/rotations.ts';
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
  app.get(
    '/v1/rotations',
    {
      schema: {
        tags,
        summary: 'Rotations that wait, are under way or failed',
        response: { 200: z.array(rotationSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.rotations.list(),
  );
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
