import { z } from 'zod';
import { type App, authorOf, originOf, type ServicesOf } from '../app.ts';
import { applyResultSchema, problemSchema } from '../schemas.ts';

const nicSchema = z.strictObject({
  guest: z.string().min(1).max(63),
  nic: z.number().int().min(0).max(1000).default(0).describe('Which of its NICs, counted from 0'),
});

export function addPortRoutes(app: App, services: ServicesOf): void {
  const tags = ['ports'];
  app.post(
    '/v1/attach',
    {
      schema: {
        tags,
        summary: "Plugs a guest's NIC into a host-side device",
        body: nicSchema.extend({ port: z.string().min(1).max(15).describe('Host-side device (tap, veth)') }),
        response: { 200: applyResultSchema, default: problemSchema },
      },
    },
    (request) => {
      const { guest, nic, port } = request.body;
      return services(request).engine.attach(guest, nic, port, authorOf(request), originOf(request));
    },
  );
  app.post(
    '/v1/detach',
    {
      schema: {
        tags,
        summary: "Unplugs a guest's NIC; it keeps its addresses",
        body: nicSchema,
        response: { 200: applyResultSchema, default: problemSchema },
      },
    },
    (request) =>
      services(request).engine.detach(request.body.guest, request.body.nic, authorOf(request), originOf(request)),
  );
}
