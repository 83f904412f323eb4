import { siteJsonSchema } from '../../model/site-json-schema.ts';

interface ObjectSchema {
  readonly items: { readonly required?: readonly string[]; readonly [keyword: string]: unknown };
}

/** Component and list of the site file, by the operation that puts one of its objects. */
const lists: Readonly<Record<string, readonly [component: string, list: string]>> = {
  putGuest: ['GuestBody', 'guests'],
  putForward: ['ForwardBody', 'forwards'],
  putSegment: ['SegmentBody', 'segments'],
  putPolicy: ['PolicyBody', 'policies'],
  putPool: ['PoolBody', 'pools'],
};

/** What the path says already. */
const named: ReadonlySet<string> = new Set(['name', 'port', 'protocol']);

/** Component that the body of an operation is, if it is an object of the site. */
export const bodyComponentOf = (operationId: string): string | undefined => lists[operationId]?.[0];

/** Objects of a site as they stand in a site file, by name of their component. Their names may be left to the path. */
export function objectComponents(): Record<string, unknown> {
  const { properties } = siteJsonSchema() as unknown as { properties: Readonly<Record<string, ObjectSchema>> };
  return Object.fromEntries(
    Object.values(lists).map(([component, list]) => {
      const { required = [], ...schema } = properties[list]?.items ?? {};
      const left = required.filter((key) => !named.has(key));
      return [component, { ...schema, ...(left.length > 0 ? { required: left } : {}) }];
    }),
  );
}
