import { AppError } from '../../errors/app-error.ts';
import type { App, ServicesOf } from '../app.ts';
import { problemSchema } from '../schemas.ts';

export function addMetricRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['status'],
        summary: 'Figures for Prometheus, at most a second old, as text (version 0.0.4 of its format)',
        description: 'What they mean stands in docs/reference/metrics.md.',
        response: { default: problemSchema },
      },
    },
    async (request, reply) => {
      const { metrics } = services(request);
      if (metrics === undefined) throw new AppError('unsupported', 'This daemon keeps no figures');
      const text = await metrics.text();
      return reply
        .type(metrics.contentType)
        .serializer((value: unknown) => value as string)
        .send(text as never) as never;
    },
  );
}
