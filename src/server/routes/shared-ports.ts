import { z } from 'zod';
import type { App, ServicesOf } from '../app.ts';
import { sharedPortHistorySchema, sharedPortMapSchema } from '../schemas/shared-ports.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['ports'];

/** Whose the 65,536 ports of the shared address are. */
export function addSharedPortRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/shared-ports',
    {
      schema: {
        tags,
        operationId: 'mapSharedPorts',
        summary: "What the shared address's ports are for: forwards, port blocks, the host's own",
        response: { 200: sharedPortMapSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sharedPorts.map(),
  );
  app.get(
    '/v1/shared-ports/:port',
    {
      schema: {
        tags,
        operationId: 'showSharedPort',
        summary: 'Whose a port of the shared address is, since when, and whose it was before',
        params: z.object({ port: z.coerce.number().int().min(0).max(65_535) }),
        response: { 200: sharedPortHistorySchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sharedPorts.show(request.params.port),
  );
}
