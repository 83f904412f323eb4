import type { App, ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import { guestLimitsSchema, limitsAbout, limitsQuerySchema } from '../schemas/limits.ts';

export function addLimitRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/limits',
    tags: ['sessions'],
    operationId: 'listLimits',
    summary: 'Limits of guests that were refused new sessions, with how often and when',
    item: guestLimitsSchema,
    filters: limitsQuerySchema.shape,
    about: limitsAbout,
    read: async (filter, request) => {
      const { guests, ...about } = await services(request).engine.limits.list(filter);
      return wholeList(guests, ({ guest }) => guest, about);
    },
  });
}
