import { z } from 'zod';
import { type App, authorOf, originOf, type ServicesOf } from '../app.ts';
import { applyResultSchema, destroyResultSchema, planResultSchema, problemSchema, revisionSchema } from '../schemas.ts';

const siteSchema = z.strictObject({
  site: z.string().describe('The site file: YAML text'),
  file: z.string().max(4096).describe('Its name, for messages').exactOptional(),
});

const applySchema = siteSchema.extend({
  confirmSeconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .describe('Roll back by itself after this time unless it is confirmed')
    .exactOptional(),
  comment: z.string().max(1000).describe('Why, for the history').exactOptional(),
});

export function addChangeRoutes(app: App, services: ServicesOf): void {
  const tags = ['changes'];
  app.post(
    '/v1/plan',
    {
      schema: {
        tags,
        summary: 'What applying a site file would change; changes nothing',
        body: siteSchema,
        response: { 200: planResultSchema, default: problemSchema },
      },
    },
    (request) => {
      const { site, ...rest } = request.body;
      return services(request).engine.plan({ text: site, ...rest });
    },
  );
  app.post(
    '/v1/apply',
    {
      schema: {
        tags,
        summary: 'Makes the host what a site file says, all of it or nothing',
        body: applySchema,
        response: { 200: applyResultSchema, default: problemSchema },
      },
    },
    (request) => {
      const { site, ...rest } = request.body;
      return services(request).engine.apply({
        text: site,
        ...rest,
        author: authorOf(request),
        from: originOf(request),
      });
    },
  );
  app.post(
    '/v1/confirm',
    {
      schema: {
        tags,
        summary: 'Keeps a change that waits to be confirmed',
        response: { 200: revisionSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.confirm(authorOf(request), originOf(request)),
  );
  app.post(
    '/v1/rollback',
    {
      schema: {
        tags,
        summary: 'Goes back to an earlier revision, as a new one',
        body: z.strictObject({ revision: z.number().int().min(1) }),
        response: { 200: applyResultSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.rollback(request.body.revision, authorOf(request), originOf(request)),
  );
  app.post(
    '/v1/destroy',
    {
      schema: {
        tags,
        summary: 'Takes the gateway down and leaves the host as it was found',
        response: { 200: destroyResultSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.destroy(authorOf(request), originOf(request)),
  );
}
