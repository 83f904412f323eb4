import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import type { App, ServicesOf } from '../app.ts';
import { tagOfRevision } from '../changes/tags.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList, wholeList } from '../lists/list-source.ts';
import { diffQueries, objectChangeSchema, revisionParamsSchema } from '../schemas/site.ts';
import { journalEntrySchema, problemSchema, revisionSchema } from '../schemas.ts';
import { compareObjects } from '../site/compare-objects.ts';

const tags = ['history'];

function addRevisionRoute(app: App, services: ServicesOf): void {
  app.get(
    '/v1/revisions/:number',
    {
      schema: {
        tags,
        summary: 'One revision; `GET /v1/site?revision=` has its site',
        params: revisionParamsSchema,
        response: { 200: revisionSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const { revision } = await services(request).engine.siteAt(number);
      if (revision === undefined) throw new AppError('not-found', `There is no revision ${number}.`);
      void reply.header('etag', tagOfRevision(revision));
      return revision;
    },
  );
  addList(app, {
    path: '/v1/revisions/:number/diff',
    tags,
    operationId: 'listRevisionChanges',
    summary: 'What a revision has otherwise than an earlier one, object by object',
    params: revisionParamsSchema,
    item: objectChangeSchema,
    filters: diffQueries,
    about: { against: z.number().describe('The earlier revision'), revision: z.number() },
    limit: { usual: 1_000 },
    read: async ({ against }, request) => {
      const { number } = request.params as z.output<typeof revisionParamsSchema>;
      const { engine } = services(request);
      const earlier = against ?? number - 1;
      const after = await engine.siteAt(number);
      const before = await engine.siteAt(earlier);
      const differences = compareObjects(before.objects, after.objects);
      return wholeList(differences, ({ kind, name }) => `${kind} ${name}`, { against: earlier, revision: number });
    },
  });
}

export function addRevisionRoutes(app: App, services: ServicesOf): void {
  addRevisionRoute(app, services);
  addList(app, {
    path: '/v1/revisions',
    tags,
    operationId: 'listRevisions',
    summary: 'The applied revisions, newest first',
    item: revisionSchema,
    limit: { usual: 50 },
    read: (_, request) =>
      numberedList(async (below, limit) => {
        const items = await services(request).engine.history(limit, below);
        const last = items.at(-1)?.number ?? 1;
        return { items, ...(items.length === limit && last > 1 ? { next: last } : {}) };
      }),
  });
  addList(app, {
    path: '/v1/journal',
    tags,
    operationId: 'listJournal',
    summary: 'What happened, newest first, in short; `/v1/audit` has all of it',
    item: journalEntrySchema,
    limit: { usual: 50 },
    read: (_, request) =>
      numberedList(async (below, limit) => {
        const items = await services(request).engine.journal(limit, below);
        const last = items.at(-1)?.id ?? 1;
        return { items, ...(items.length === limit && last > 1 ? { next: last } : {}) };
      }),
  });
}
