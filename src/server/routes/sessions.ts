import { type App, actorOf, type ServicesOf } from '../app.ts';
import {
  killAnswerSchema,
  killRequestSchema,
  sessionListSchema,
  sessionQuerySchema,
  sessionSummarySchema,
  summaryQuerySchema,
} from '../schemas/sessions.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['sessions'];

export function addSessionRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: "Open sessions of the site's guests",
        querystring: sessionQuerySchema,
        response: { 200: sessionListSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sessions.list(request.query),
  );
  app.get(
    '/v1/sessions/summary',
    {
      schema: {
        tags,
        summary: 'Open sessions by guest: counts, bytes, ports in use',
        querystring: summaryQuerySchema,
        response: { 200: sessionSummarySchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sessions.summary(request.query),
  );
  app.post(
    '/v1/sessions/kill',
    {
      schema: {
        tags,
        summary: 'Ends sessions of guests, or says which would be ended; at least one condition must be given',
        body: killRequestSchema,
        response: { 200: killAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sessions.kill(request.body, actorOf(request)),
  );
}
