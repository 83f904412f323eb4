import type { App, ServicesOf } from '../app.ts';
import { traceAnswerSchema, traceManySchema, traceQuerySchema, traceResultsSchema } from '../schemas/trace.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['trace'];

export function addTraceRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/trace',
    {
      schema: {
        tags,
        summary: 'Who was behind an address and port at a time',
        querystring: traceQuerySchema,
        response: { 200: traceAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.trace.ask(request.query),
  );
  app.post(
    '/v1/trace',
    {
      schema: {
        tags,
        summary: 'The same for many at once, in their order; a question that makes no sense fails alone',
        body: traceManySchema,
        response: { 200: traceResultsSchema, default: problemSchema },
      },
    },
    async (request) => ({ results: await services(request).engine.trace.askMany(request.body.questions) }),
  );
}
