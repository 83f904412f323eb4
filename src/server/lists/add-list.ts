import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemSchema } from '../schemas.ts';
import { streamText } from '../stream-text.ts';
import { longestCursor, parseCursor, renderCursor } from './cursor.ts';
import { fieldsText, keysOf, parseFields, pickFields } from './fields.ts';
import { linesType, listLines } from './list-lines.ts';
import type { ListSource } from './list-source.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** What every list takes; the rest are its filters. */
interface Query {
  readonly limit?: number;
  readonly after?: string;
  readonly fields?: string;
  readonly sort?: string;
}

/** A list of the API: everything that lists have in common comes by itself. */
export interface ListRoute<Item extends z.ZodType, Filters extends Shape> {
  readonly path: string;
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  /** One item, as it is answered. */
  readonly item: Item;
  /** Further parameters of the query: filters and, where a list has several orders, `sort`. */
  readonly filters?: Filters;
  /** What a page says besides its items. */
  readonly about?: Shape;
  /** Items of a page: what it has unless asked otherwise (default 100), and at most (default 10,000). */
  readonly limit?: { readonly usual?: number; readonly most?: number };
  /** The list as the asker may see it. What it throws is answered as a problem. */
  read(
    filters: z.output<z.ZodObject<Filters>>,
    request: FastifyRequest,
  ): Promise<ListSource<z.input<Item>>> | ListSource<z.input<Item>>;
}

function querySchema({ item, filters = {}, limit: { usual = 100, most = 10_000 } = {} }: ListRoute<z.ZodType, Shape>) {
  const keys = keysOf(item);
  const taken = ['limit', 'after', 'fields'].find((name) => Object.hasOwn(filters, name));
  if (taken !== undefined) throw new TypeError(`no list has a filter of the name ${taken}`);
  return z.strictObject({
    ...filters,
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(most)
      .describe(`Items at most; ${usual} unless given, in a stream all`)
      .exactOptional(),
    after: z
      .string()
      .min(1)
      .max(longestCursor)
      .describe('Goes on where a page ended: its `next`, with the same filters and order')
      .exactOptional(),
    fields: z
      .string()
      .regex(fieldsText, 'expected names with commas between them, such as `name,origin`')
      .describe(
        `Only these keys of each item, with commas between them and dots into them${keys ? `: ${keys.join(', ')}` : ''}`,
      )
      .exactOptional(),
  });
}

const wantsLines = (request: FastifyRequest): boolean => request.headers.accept?.includes(linesType) ?? false;

/**
 * Adds `GET path`, a list in pages: `limit`, `after`, `fields` and its filters in the query, `{items, next?}` as answer.
 * With `Accept: application/x-ndjson` it comes as a stream, an item a line. This is how every list of the API is made.
 */
export function addList<Item extends z.ZodType, Filters extends Shape = Record<never, never>>(
  app: App,
  route: ListRoute<Item, Filters>,
): void {
  const { path, tags, operationId, summary, description, params, item, about = {} } = route;
  const { usual = 100 } = route.limit ?? {};
  const page = z.object({
    items: z.array(item),
    next: z.string().describe('`after` of the page that follows; absent on the last one').exactOptional(),
    ...about,
  });
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<object> => {
    const { limit, after, fields, ...filters } = request.query as Query;
    const list = `${path} ${filters.sort ?? ''}`;
    const position = after === undefined ? undefined : parseCursor(list, after);
    const tree = fields === undefined ? undefined : parseFields(fields, item);
    const show = tree === undefined ? (value: unknown) => value : (value: unknown) => pickFields(value, tree);
    const source = await route.read(filters as z.output<z.ZodObject<Filters>>, request);
    reply.header('vary', 'accept');
    if (wantsLines(request)) return streamText(reply, linesType, listLines(source, { after: position, limit, show }));
    const part = await source.read(position, limit ?? usual);
    const next = part.next === undefined ? {} : { next: renderCursor(list, part.next) };
    return { items: tree === undefined ? part.items : part.items.map(show), ...next, ...part.about };
  };
  const schema = {
    tags,
    operationId,
    summary,
    description: [description, `With \`Accept: ${linesType}\` it comes as a stream, an item a line.`]
      .filter(Boolean)
      .join('\n\n'),
    ...(params === undefined ? {} : { params }),
    querystring: querySchema(route as unknown as ListRoute<z.ZodType, Shape>),
    response: {
      200: {
        description: 'A page of the list, or all of it line by line',
        content: { 'application/json': { schema: page }, [linesType]: { schema: item } },
      },
      default: problemSchema,
    },
  };
  // What the handler takes and answers is checked here, by `ListRoute`; Fastify's own types do not see through it.
  app.get(path, { schema } as never, handler as never);
}
