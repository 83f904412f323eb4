import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList } from '../lists/list-source.ts';
import {
  guestSessionsSchema,
  killAnswerSchema,
  killRequestSchema,
  sessionFilters,
  sessionSchema,
  sessionsAbout,
  summaryAbout,
  summaryFilters,
} from '../schemas/sessions.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['sessions'];

/** Furthest that a list goes: the engine answers no more. */
const furthest = 1_000_000;

const nextOffset = (behind: number, total: number, read: number): { next?: number } =>
  read > 0 && behind < total && behind <= furthest ? { next: behind } : {};

export function addSessionRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/sessions',
    tags,
    operationId: 'listSessions',
    summary: "Open sessions of the site's guests",
    description:
      'Each page is as the kernel knows it then: a session that begins, ends or changes its place in the order between two pages may be left out or come twice.',
    item: sessionSchema,
    filters: sessionFilters,
    about: sessionsAbout,
    read: (query, request) =>
      numberedList(async (offset = 0, limit) => {
        const { sessions, ...about } = await services(request).engine.sessions.list({ ...query, limit, offset });
        return { items: sessions, about, ...nextOffset(offset + sessions.length, about.total, sessions.length) };
      }),
  });
  addList(app, {
    path: '/v1/sessions/summary',
    tags,
    operationId: 'listSessionSums',
    summary: 'Open sessions by guest: counts, bytes, ports in use',
    item: guestSessionsSchema,
    filters: summaryFilters,
    about: summaryAbout,
    read: (query, request) =>
      numberedList(async (offset = 0, limit) => {
        // The engine knows no offset here: guests are few against sessions.
        const most = Math.min(10_000, offset + limit);
        const { guests, ...about } = await services(request).engine.sessions.summary({ ...query, limit: most });
        const items = guests.slice(offset);
        return { items, about, ...nextOffset(offset + items.length, about.total, items.length) };
      }),
  });
  app.post(
    '/v1/sessions/kill',
    {
      schema: {
        tags,
        summary: 'Ends sessions of guests, or says which would be ended; at least one condition must be given',
        body: killRequestSchema,
        response: { 200: killAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.sessions.kill(request.body, actorOf(request)),
  );
}
