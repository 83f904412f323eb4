import type { App, ServicesOf } from '../app.ts';
import { limitsQuerySchema, limitsSchema } from '../schemas/limits.ts';
import { problemSchema } from '../schemas.ts';

export function addLimitRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/limits',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Limits of guests that were refused new sessions, with how often and when',
        querystring: limitsQuerySchema,
        response: { 200: limitsSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.limits.list(request.query),
  );
}
