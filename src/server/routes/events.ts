import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { placeOf } from '../../access/principal.ts';
import { AppError } from '../../errors/app-error.ts';
import type { EventFilter } from '../../reconciler/events/contract.ts';
import type { App, ServicesOf } from '../app.ts';
import { eventFrames } from '../event-frames.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList } from '../lists/list-source.ts';
import { refuseBehindAnother } from '../refuse-behind-another.ts';
import { eventFilters, eventSchema, eventStreamQuerySchema } from '../schemas/events.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['events'];
/** Readers at once: each costs a connection and up to a thousand events. */
const mostReaders = 2_000;
/** Of them, those of one owner, token, certificate or login. */
const mostOfOne = 200;
/** Milliseconds in which a reader must have taken something of what waits for it. */
const patience = 30_000;
/** The same when the daemon ends. */
const closePatience = 500;

function filterOf(query: z.output<typeof eventStreamQuerySchema>): EventFilter {
  const { kind, severity, guest, owner, segment, port, lasting, since, until } = query;
  const kinds = typeof kind === 'string' ? [kind] : kind;
  const given = { kinds, atLeast: severity, guest, owner, segment, port, lasting, since, until };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Where a reader goes on: by its query or, when it comes back by itself, by the header of its last event. */
function afterOf(query: { after?: number }, header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return query.after;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new AppError(
    'request-invalid',
    `Header Last-Event-ID ${JSON.stringify(header)} is not the \`id:\` of an event; expected a whole number.`,
  );
}

/** Cuts off a reader who takes nothing of what waits for it. */
function dropWhenStalled(response: ServerResponse): void {
  let taken = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const { socket } = response;
    const gone = socket === null ? 0 : socket.bytesWritten - socket.writableLength;
    const waits = response.writableLength + (socket?.writableLength ?? 0) > 0;
    if (!waits || gone !== taken) {
      taken = gone;
      since = performance.now();
    } else if (performance.now() - since >= patience) response.destroy();
  }, patience / 10);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

export function addEventRoutes(app: App, services: ServicesOf): void {
  const readers = new Map<ServerResponse, { readonly ended: AbortController; readonly place: string | undefined }>();
  app.addHook('preClose', async () => {
    for (const [response, { ended }] of readers) {
      ended.abort();
      // Who does not take the end is not waited for.
      setTimeout(() => response.destroy(), closePatience).unref();
    }
  });
  addList(app, {
    path: '/v1/events',
    tags,
    operationId: 'listEvents',
    summary: 'What was noticed, newest first; counts as of now',
    item: eventSchema,
    filters: eventFilters,
    limit: { most: 1_000 },
    read: (filters, request) =>
      numberedList(async (before, limit) => {
        const page = { limit, ...(before === undefined ? {} : { before }) };
        const { events, next } = await services(request).engine.events.list(filterOf(filters), page);
        return { items: events, next };
      }),
  });
  app.get(
    '/v1/events/stream',
    {
      schema: {
        tags,
        summary: 'What is noticed, as it happens, as Server-Sent Events',
        description:
          'Each event has `id:`, its kind as `event:` and the event as JSON in `data:`. It comes when it begins, at most once a second while its count grows, and when it is over. Last-Event-ID goes on where a connection was cut: some events may come twice, none is left out. In silence a comment comes every 15 to 30 s.',
        querystring: eventStreamQuerySchema,
        response: { 200: z.string().describe('text/event-stream'), default: problemSchema },
      },
    },
    async (request, reply) => {
      refuseBehindAnother(reply);
      const after = afterOf(request.query, request.headers['last-event-id']);
      if (readers.size >= mostReaders)
        throw new AppError('conflict', `${mostReaders} readers follow the events already; expected fewer.`);
      const place = placeOf(request.principal);
      const same = [...readers.values()].filter((other) => other.place === place).length;
      if (place !== undefined && same >= mostOfOne)
        throw new AppError('too-many-requests', `${mostOfOne} readers of yours follow the events already.`);
      const reader = new AbortController();
      readers.set(reply.raw, { ended: reader, place });
      reply.raw.once('close', () => {
        readers.delete(reply.raw);
        reader.abort();
      });
      dropWhenStalled(reply.raw);
      const body = eventFrames(services(request).engine.events.follow(filterOf(request.query), after, reader.signal));
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .send(body as never);
    },
  );
}
