import type { App, ServicesOf } from '../app.ts';
import { changeSite, tagAnswer } from '../changes/change-site.ts';
import { siteCondition } from '../changes/preconditions.ts';
import { attachSchema, nicSchema } from '../schemas/changes.ts';
import { problemSchema, siteChangeSchema } from '../schemas.ts';

export function addPortRoutes(app: App, services: ServicesOf): void {
  const tags = ['ports'];
  const response = { 200: siteChangeSchema, default: problemSchema };
  app.post(
    '/v1/attach',
    { schema: { tags, summary: "Plugs a guest's NIC into a host-side device", body: attachSchema, response } },
    async (request, reply) => {
      const order = { objects: [{ op: 'attach', ...request.body }] } as const;
      return tagAnswer(reply, await changeSite(services(request).engine, request, order, siteCondition(request)));
    },
  );
  app.post(
    '/v1/detach',
    { schema: { tags, summary: "Unplugs a guest's NIC; it keeps its addresses", body: nicSchema, response } },
    async (request, reply) => {
      const order = { objects: [{ op: 'attach', port: null, ...request.body }] } as const;
      return tagAnswer(reply, await changeSite(services(request).engine, request, order, siteCondition(request)));
    },
  );
}
