import type { AlertRule } from '../../model/alert-rule.ts';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  acknowledgeSchema,
  alertIdSchema,
  alertRuleSchema,
  alertSchema,
  alertsQuerySchema,
  notifierNameSchema,
  notifierSchema,
  notifierTestSchema,
  silenceOrderSchema,
  silenceSchema,
} from '../schemas/alerts.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['alerts'];

function addSilenceRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/silences',
    tags,
    operationId: 'listSilences',
    summary: 'Silences that hold, the oldest first',
    item: silenceSchema,
    read: async (_, request) =>
      wholeList(await services(request).engine.alerts.silences(), (silence) => String(silence.id)),
  });
  app.post(
    '/v1/silences',
    {
      schema: {
        tags,
        summary: 'Keeps alerts that fit from being told for a time; they are still shown. Without a choice: all alerts',
        body: silenceOrderSchema,
        response: { 200: silenceSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.silence(request.body, actorOf(request)),
  );
  app.delete(
    '/v1/silences/:id',
    {
      schema: {
        tags,
        summary: 'Ends a silence and answers what it was',
        params: alertIdSchema,
        response: { 200: silenceSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.unsilence(request.params.id, actorOf(request)),
  );
}

function addNotifierRoutes(app: App, services: ServicesOf): void {
  // Whoever is told may not answer; a daemon that ends does not wait for that.
  const ending = new AbortController();
  app.addHook('preClose', async () => ending.abort());
  addList(app, {
    path: '/v1/notifiers',
    tags,
    operationId: 'listNotifiers',
    summary: 'Notifiers of the site in its order, and how it stands with each',
    description: 'Counts are since the daemon began. One whose settings are just being changed is not there.',
    item: notifierSchema,
    read: async (_, request) => wholeList(await services(request).engine.alerts.notifiers(), ({ name }) => name),
  });
  app.post(
    '/v1/notifiers/:name/test',
    {
      schema: {
        tags,
        summary: 'Sends a test message, once and at once, and answers how it went',
        description:
          'It goes by a connection of its own, whatever waits. One who does not answer is waited for: 15 s for most, a minute at most. That nobody was told is no error: `ok` is false then, and `text` says why.',
        params: notifierNameSchema,
        response: { 200: notifierTestSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.test(request.params.name, actorOf(request), ending.signal),
  );
}

export function addAlertRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/alerts',
    tags,
    operationId: 'listAlerts',
    summary: 'Alerts that fire and those that may soon, the newest first',
    item: alertSchema,
    filters: alertsQuerySchema.shape,
    read: async (filter, request) =>
      wholeList(await services(request).engine.alerts.list(filter), (alert) => String(alert.id)),
  });
  app.post(
    '/v1/alerts/:id/acknowledge',
    {
      schema: {
        tags,
        summary: 'Says that somebody looks after an alert: it is not told again until it is over',
        params: alertIdSchema,
        body: acknowledgeSchema,
        response: { 200: alertSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.acknowledge(request.params.id, request.body.reason, actorOf(request)),
  );
  addList(app, {
    path: '/v1/alert-rules',
    tags,
    operationId: 'listAlertRules',
    summary: 'Rules that hold: the default ones, as the site changes them, and then its own in their order',
    item: alertRuleSchema,
    read: async (_, request) =>
      wholeList(
        (await services(request).engine.alerts.rules()) as (Omit<AlertRule, 'name'> & { name: string })[],
        ({ name }) => name,
      ),
  });
  addSilenceRoutes(app, services);
  addNotifierRoutes(app, services);
}
