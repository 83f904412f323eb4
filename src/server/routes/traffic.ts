import type { App, ServicesOf } from '../app.ts';
import { trafficQuerySchema, trafficSchema } from '../schemas/traffic.ts';
import { problemSchema } from '../schemas.ts';

/** How much goes to and fro. */
export function addTrafficRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/traffic',
    {
      schema: {
        tags: ['traffic'],
        operationId: 'showTraffic',
        summary: 'How many bytes and packets went to and fro, by segment and by NIC',
        querystring: trafficQuerySchema,
        response: { 200: trafficSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.traffic.show(request.query),
  );
}
