import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import type { ObjectNoun } from '../../reconciler/engine-contract.ts';
import { type App, onlyPlans, type ServicesOf } from '../app.ts';
import { changeSite } from '../changes/change-site.ts';
import { objectCondition } from '../changes/preconditions.ts';
import { tagOfObject } from '../changes/tags.ts';
import { addObjectList } from '../lists/object-list.ts';
import { collectionOf } from '../lists/site-objects.ts';
import { nameObject } from '../name-object.ts';
import { problemSchema, siteChangeSchema, storedObjectSchema } from '../schemas.ts';

const collections: readonly (readonly [path: string, kind: ObjectNoun])[] = [
  ['forwards', 'forward'],
  ['guests', 'guest'],
  ['segments', 'segment'],
  ['policies', 'policy'],
  ['pools', 'pool'],
];

function addCollection(app: App, services: ServicesOf, path: string, kind: ObjectNoun): void {
  const tags = [path];
  const params = z.object({
    id: z
      .string()
      .min(1)
      .max(255)
      .describe(kind === 'forward' ? 'Such as `tcp%2F8080`' : 'Its name'),
  });
  addObjectList(app, services, path, kind);
  app.get(
    `/v1/${path}/:id`,
    { schema: { tags, summary: `One ${kind}`, params, response: { 200: storedObjectSchema, default: problemSchema } } },
    async (request, reply) => {
      const { id } = request.params;
      const found = collectionOf(await services(request).objects(), kind).byName.get(id);
      if (found === undefined) throw new AppError('not-found', `There is no ${kind} ${JSON.stringify(id)}.`);
      void reply.header('etag', tagOfObject(found));
      return found;
    },
  );
  app.put(
    `/v1/${path}/:id`,
    {
      bodyLimit: 1024 * 1024,
      schema: {
        tags,
        summary: `Makes or changes one ${kind}; the API owns it from then on`,
        params,
        body: z
          .record(z.string(), z.unknown())
          .describe(
            `The ${kind} as it stands in a site file (docs/reference/site-file.md); the name may be left to the path`,
          ),
        response: { 200: siteChangeSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const body = nameObject(kind, id, request.body);
      const order = { objects: [{ op: 'put', kind, body }] } as const;
      const result = await changeSite(services(request).engine, request, order, objectCondition(request, kind, id));
      if (!onlyPlans(request)) {
        // What is filled in for a tenant belongs to the object.
        const filled = request.principal.owner === undefined ? undefined : await services(request).objects();
        const stored = filled && collectionOf(filled, kind).byName.get(id);
        void reply.header('etag', tagOfObject(stored ?? { kind, name: id, origin: 'api', body }));
      }
      return result;
    },
  );
  app.delete(
    `/v1/${path}/:id`,
    {
      schema: {
        tags,
        summary: `Removes one ${kind}`,
        params,
        response: { 200: siteChangeSchema, default: problemSchema },
      },
    },
    (request) => {
      const { id } = request.params;
      const order = { objects: [{ op: 'remove', kind, name: id }] } as const;
      return changeSite(services(request).engine, request, order, objectCondition(request, kind, id));
    },
  );
}

export function addObjectRoutes(app: App, services: ServicesOf): void {
  for (const [path, kind] of collections) addCollection(app, services, path, kind);
}
