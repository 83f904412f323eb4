import { z } from 'zod';
import type { App, ServicesOf } from '../app.ts';
import { leaseSchema, problemSchema } from '../schemas.ts';

export function addLeaseRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/leases',
    {
      schema: {
        tags: ['leases'],
        summary: 'Which NIC holds which MAC, IP addresses and port block',
        response: { 200: z.array(leaseSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.leases(),
  );
}
