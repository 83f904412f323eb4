import { z } from 'zod';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import {
  conflictQuerySchema,
  conflictSchema,
  reportAnswerSchema,
  resolveAnswerSchema,
  resolveRequestSchema,
  seenListSchema,
  seenQuerySchema,
  seenReportSchema,
} from '../schemas/wire.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['wire'];

export function addWireRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/seen',
    {
      schema: {
        tags,
        summary: 'MAC addresses that show up where no NIC of the site has them, newest first',
        querystring: seenQuerySchema,
        response: { 200: seenListSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.seen(request.query),
  );
  app.post(
    '/v1/seen',
    {
      schema: {
        tags,
        summary: 'Notes what another host sees at its ports: all of it or nothing',
        body: seenReportSchema,
        response: { 200: reportAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.report(request.body),
  );
  app.get(
    '/v1/conflicts',
    {
      schema: {
        tags,
        summary: 'Leased MAC addresses that show up at a second place, newest first',
        querystring: conflictQuerySchema,
        response: { 200: z.array(conflictSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.conflicts(request.query),
  );
  app.post(
    '/v1/resolve',
    {
      schema: {
        tags,
        summary: 'Resolves a conflict, or says what a stranger on the wire is',
        body: resolveRequestSchema,
        response: { 200: resolveAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.wire.resolve(request.body, actorOf(request)),
  );
}
