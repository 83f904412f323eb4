import { z } from 'zod';
import type { App, ServicesOf } from '../app.ts';
import { journalEntrySchema, limitSchema, problemSchema, revisionSchema } from '../schemas.ts';

export function addRevisionRoutes(app: App, services: ServicesOf): void {
  const tags = ['history'];
  app.get(
    '/v1/revisions',
    {
      schema: {
        tags,
        summary: 'The applied revisions, newest first',
        querystring: limitSchema,
        response: { 200: z.array(revisionSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.history(request.query.limit),
  );
  app.get(
    '/v1/journal',
    {
      schema: {
        tags,
        summary: 'What happened, newest first',
        querystring: limitSchema,
        response: { 200: z.array(journalEntrySchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.journal(request.query.limit),
  );
}
