import type { App, ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList } from '../lists/list-source.ts';
import { journalEntrySchema, revisionSchema } from '../schemas.ts';

export function addRevisionRoutes(app: App, services: ServicesOf): void {
  const tags = ['history'];
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
