import { z } from 'zod';
import type { AlertRule } from '../../model/alert-rule.ts';
import { type App, actorOf, type ServicesOf } from '../app.ts';
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
  app.get(
    '/v1/silences',
    {
      schema: {
        tags,
        summary: 'Silences that hold, the oldest first',
        response: { 200: z.array(silenceSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.silences(),
  );
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
  app.get(
    '/v1/notifiers',
    {
      schema: {
        tags,
        summary: 'Notifiers of the site in its order, and how it stands with each',
        description: 'Counts are since the daemon began. One whose settings are just being changed is not there.',
        response: { 200: z.array(notifierSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.notifiers(),
  );
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
  app.get(
    '/v1/alerts',
    {
      schema: {
        tags,
        summary: 'Alerts that fire and those that may soon, the newest first',
        querystring: alertsQuerySchema,
        response: { 200: z.array(alertSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.list(request.query),
  );
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
  app.get(
    '/v1/alert-rules',
    {
      schema: {
        tags,
        summary: 'Rules that hold: the default ones, as the site changes them, and then its own in their order',
        response: { 200: z.array(alertRuleSchema), default: problemSchema },
      },
    },
    (request) => services(request).engine.alerts.rules() as Promise<(Omit<AlertRule, 'name'> & { name: string })[]>,
  );
  addSilenceRoutes(app, services);
  addNotifierRoutes(app, services);
}
