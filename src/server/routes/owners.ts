import type { App, ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import { ownerSchema } from '../schemas/owners.ts';

/** Owners and their quotas: a tenant sees its own. */
export function addOwnerRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/owners',
    tags: ['owners'],
    operationId: 'listOwners',
    summary: 'Owners, and how much of their quotas they have',
    description: 'Those of `owners` in the site, and those that guests name. A tenant is answered its own alone.',
    item: ownerSchema,
    read: async (_, request) => wholeList(await services(request).engine.owners.list(), ({ name }) => name),
  });
}
