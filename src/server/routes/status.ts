import { z } from 'zod';
import type { App, ServicesOf } from '../app.ts';
import { problemSchema, statusSchema, verifyResultSchema } from '../schemas.ts';

export function addStatusRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/health',
    {
      schema: {
        tags: ['status'],
        summary: 'Whether the daemon answers',
        response: { 200: z.object({ healthy: z.literal(true) }) },
      },
    },
    () => ({ healthy: true as const }),
  );
  app.get(
    '/v1/status',
    {
      schema: {
        tags: ['status'],
        summary: 'The gateway at a glance',
        response: { 200: statusSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.status(),
  );
  app.get(
    '/v1/verify',
    {
      schema: {
        tags: ['status'],
        summary: 'Looks at the host and compares it with what is declared',
        response: { 200: verifyResultSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.verify(),
  );
}
