import { type App, actorOf, type ServicesOf } from '../app.ts';
import {
  explainRequestSchema,
  explanationSchema,
  liveExplainRequestSchema,
  liveExplanationSchema,
} from '../schemas/explain.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['explain'];

export function addExplainRoutes(app: App, services: ServicesOf): void {
  const closing = new AbortController();
  // A server that closes waits for requests under way, and these may wait for minutes.
  app.addHook('preClose', async () => closing.abort());
  app.post(
    '/v1/explain',
    {
      schema: {
        tags,
        summary: 'The way that the first packet of a flow takes, step by step, as the applied site means it',
        body: explainRequestSchema,
        response: { 200: explanationSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.explain.explain(request.body),
  );
  app.post(
    '/v1/explain/live',
    {
      schema: {
        tags,
        summary: 'What the kernel does with the next packets of a flow; answers when enough came or the time is over',
        body: liveExplainRequestSchema,
        response: { 200: liveExplanationSchema, default: problemSchema },
      },
    },
    (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([closing.signal, gone.signal]);
      return services(request).engine.explain.live(request.body, actorOf(request), signal);
    },
  );
}
