import { z } from 'zod';
import type { ObjectNoun } from '../../reconciler/engine-contract.ts';
import type { StoredObject } from '../../registry/registry.ts';
import type { App, ServicesOf } from '../app.ts';
import { storedObjectSchema } from '../schemas.ts';
import { addList } from './add-list.ts';
import { wholeList } from './list-source.ts';
import { collectionOf } from './site-objects.ts';
import { sorted, sortSchema } from './sorted.ts';

type Body = Readonly<Record<string, unknown>>;
type Test = (object: StoredObject, wanted: string) => boolean;

const bodyOf = ({ body }: StoredObject): Body =>
  typeof body === 'object' && body !== null ? (body as Body) : ({} as Body);
const equals =
  (key: string): Test =>
  (object, wanted) =>
    bodyOf(object)[key] === wanted;
const text = (what: string) => z.string().min(1).max(255).describe(what).exactOptional();

const common = {
  name: {
    schema: text('Only those whose name has this part'),
    fits: ((object, wanted) => object.name.includes(wanted)) as Test,
  },
  origin: {
    schema: z.enum(['file', 'api']).describe('Only what the site file owns, or what the API made').exactOptional(),
    fits: ((object, wanted) => object.origin === wanted) as Test,
  },
};

/** `web1/0:80` of a forward's target. */
const targetOf = (object: StoredObject): string => /^[^/:]*/.exec(String(bodyOf(object).to ?? ''))?.[0] ?? '';

const filtersOf: Readonly<Record<ObjectNoun, Readonly<Record<string, { schema: z.ZodType; fits: Test }>>>> = {
  guest: {
    ...common,
    owner: { schema: text('Only of this owner'), fits: equals('owner') },
    segment: {
      schema: text('Only with a NIC in this segment'),
      fits: (object, wanted) => {
        const { nics } = bodyOf(object);
        return Array.isArray(nics) && nics.some((nic) => (nic as Body | null)?.segment === wanted);
      },
    },
  },
  forward: {
    ...common,
    guest: { schema: text('Only to this guest'), fits: (object, wanted) => targetOf(object) === wanted },
    protocol: {
      schema: z.enum(['tcp', 'udp']).describe('Only of this protocol').exactOptional(),
      fits: (object, wanted) => object.name.startsWith(`${wanted}/`),
    },
  },
  segment: common,
  policy: common,
  pool: {
    ...common,
    owner: { schema: text('Only for this owner'), fits: equals('owner') },
    segment: { schema: text('Only for this segment'), fits: equals('segment') },
  },
};

/** The list of one kind of objects of the site. */
export function addObjectList(app: App, services: ServicesOf, path: string, kind: ObjectNoun): void {
  const filters = filtersOf[kind];
  addList(app, {
    path: `/v1/${path}`,
    tags: [path],
    operationId: `list${path.replace(/^./, (first) => first.toUpperCase())}`,
    summary: `The ${path} of the site`,
    item: storedObjectSchema,
    filters: {
      ...Object.fromEntries(Object.entries(filters).map(([name, { schema }]) => [name, schema])),
      sort: sortSchema(['name'], 'that of the site'),
    } as Record<string, z.ZodType>,
    read: async ({ sort, ...wanted }, request) => {
      const { objects } = collectionOf(await services(request).objects(), kind);
      const all = sorted(objects, sort as string | undefined, { name: ({ name }) => name });
      const tests = Object.entries(wanted as Record<string, string | undefined>).flatMap(([name, value]) =>
        value === undefined ? [] : [(object: StoredObject) => filters[name]?.fits(object, value) ?? true],
      );
      const some = tests.length === 0 ? all : all.filter((object) => tests.every((test) => test(object)));
      return wholeList(some, ({ name }) => name);
    },
  });
}
