import { z } from 'zod';
import { isAtLeast } from '../../access/principal.ts';
import { AppError } from '../../errors/app-error.ts';
import type { ChangeOrder, Engine, PlanOptions } from '../../reconciler/engine-contract.ts';
import { type App, authorOf, onlyPlans, originOf, type ServicesOf } from '../app.ts';
import { addChangeOrderRoute } from '../changes/change-order-route.ts';
import { changeSite, tagAnswer } from '../changes/change-site.ts';
import { headCondition, siteCondition } from '../changes/preconditions.ts';
import { tagOfSite } from '../changes/tags.ts';
import { applySchema, siteTextSchema } from '../schemas/changes.ts';
import { destroyResultSchema, planResultSchema, problemSchema, revisionSchema, siteChangeSchema } from '../schemas.ts';

const tags = ['changes'];

function addFileRoutes(app: App, services: ServicesOf): void {
  app.post(
    '/v1/plan',
    {
      schema: {
        tags,
        summary: 'What applying a site file would change; changes nothing',
        body: siteTextSchema,
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
        response: { 200: siteChangeSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { site, file, ...rest } = request.body;
      const order = { file: { text: site, ...(file === undefined ? {} : { name: file }) } };
      const options = { ...rest, ...siteCondition(request) };
      return tagAnswer(reply, await changeSite(services(request).engine, request, order, options));
    },
  );
}

/** Going back without a revision: from the one that waits to be confirmed, which is the way out of it. */
async function undoing(engine: Engine, condition: PlanOptions): Promise<{ order: ChangeOrder; options: PlanOptions }> {
  const { revision: head } = await engine.siteAt();
  if (head?.confirmBy === undefined || head.fallback === undefined)
    throw new AppError('nothing-to-confirm', 'No change waits to be confirmed, so there is none to take back.');
  const check: PlanOptions['check'] = (before, after) => {
    if (before.head?.number !== head.number || before.head.confirmBy === undefined)
      throw new AppError('nothing-to-confirm', `Revision ${head.number} does not wait to be confirmed any more.`);
    condition.check?.(before, after);
  };
  return { order: { revision: head.fallback }, options: { check } };
}

function addRollbackRoute(app: App, services: ServicesOf): void {
  app.post(
    '/v1/rollback',
    {
      schema: {
        tags,
        summary: 'Goes back to an earlier revision, as a new one',
        description:
          'Without a revision: takes the change back that waits to be confirmed. That any operator may; going back to a revision is for admins.',
        body: z.strictObject({
          revision: z.number().int().min(1).describe('The one to go back to').exactOptional(),
        }),
        response: { 200: siteChangeSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { engine } = services(request);
      const { revision } = request.body;
      const condition = siteCondition(request);
      if (revision !== undefined && !isAtLeast(request.principal.role, 'admin'))
        throw new AppError(
          'forbidden',
          `Going back to revision ${revision} is for admins; an operator may take back what waits to be confirmed, by naming no revision.`,
        );
      const { order, options } =
        revision === undefined ? await undoing(engine, condition) : { order: { revision }, options: condition };
      return tagAnswer(reply, await changeSite(engine, request, order, options));
    },
  );
}

export function addChangeRoutes(app: App, services: ServicesOf): void {
  addChangeOrderRoute(app, services);
  addFileRoutes(app, services);
  addRollbackRoute(app, services);
  app.post(
    '/v1/confirm',
    {
      schema: {
        tags,
        summary: 'Keeps a change that waits to be confirmed',
        response: { 200: revisionSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const check = headCondition(request);
      const revision = await services(request).engine.confirm(authorOf(request), originOf(request), {
        onlyPlan: onlyPlans(request),
        ...(check === undefined ? {} : { check }),
      });
      void reply.header('etag', tagOfSite(revision));
      return revision;
    },
  );
  app.post(
    '/v1/destroy',
    {
      schema: {
        tags,
        summary: 'Takes the gateway down and leaves the host as it was found',
        response: { 200: z.union([destroyResultSchema, planResultSchema]), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { engine } = services(request);
      const result = await changeSite(engine, request, { destroy: true }, siteCondition(request));
      return 'revision' in result ? { lines: tagAnswer(reply, result).lines } : result;
    },
  );
}
