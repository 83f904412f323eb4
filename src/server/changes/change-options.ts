import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import { type App, onlyPlans } from '../app.ts';
import { type ChangeRule, endpointOf, ruleOf } from './change-table.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set for every route that changes something when it is added. */
    change?: ChangeRule;
  }
}

const planSchema = z
  .stringbool()
  .describe('Only answer what would be done; nothing is changed, and the header `Bridgekeeper-Plan: true` says so')
  .exactOptional();

const headers = {
  key: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Makes the request safe to repeat for 24 h: the same key with the same request gets the same answer, and nothing is done twice',
    )
    .exactOptional(),
  match: z
    .string()
    .max(4096)
    .describe('Only while what is changed still has one of these ETags; `*`: while it is there')
    .exactOptional(),
  noneMatch: z
    .string()
    .max(4096)
    .describe('Only unless what is changed has one of these ETags; `*`: unless it is there')
    .exactOptional(),
};

/** Parameters that have the place of a query in every change. */
function queryOf(found: unknown, { plan }: ChangeRule, endpoint: string): z.ZodObject {
  const schema = found ?? z.strictObject({});
  if (!(schema instanceof z.ZodObject)) throw new TypeError(`the query of ${endpoint} is no object`);
  // A misspelt `plan` must not become a change.
  return (plan ? schema.extend({ plan: planSchema }) : schema).strict();
}

/**
 * Gives every route that is added from now on and changes something what all changes have in common: `plan` in the query,
 * Idempotency-Key, If-Match and If-None-Match, as the table of changes says. To be called before anything describes them.
 */
export function addChangeOptions(app: App): void {
  app.addHook('onRoute', (route) => {
    const [method = 'GET'] = [route.method].flat();
    const endpoint = endpointOf(method, route.url);
    const change = ruleOf(endpoint);
    if (change === undefined) return;
    route.config = { ...route.config, change };
    const querystring = queryOf(route.schema?.querystring, change, endpoint);
    if (change.ofLogin) {
      route.schema = { ...route.schema, querystring };
      return;
    }
    route.schema = {
      ...route.schema,
      querystring,
      headers: z.looseObject({
        'idempotency-key': headers.key,
        ...(change.tag === undefined ? {} : { 'if-match': headers.match, 'if-none-match': headers.noneMatch }),
      }),
    };
  });
  app.addHook('preHandler', async (request, reply) => {
    const { change } = request.routeOptions.config;
    if (change === undefined) return;
    if (onlyPlans(request)) void reply.header('bridgekeeper-plan', 'true');
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
    if (change.tag !== undefined || (match ?? noneMatch) === undefined) return;
    // To pass over a condition would be to change what the asker wants left alone.
    throw new AppError(
      'request-invalid',
      `${request.method} ${JSON.stringify(request.routeOptions.url)} has no ETag, so it cannot heed If-Match or If-None-Match; expected neither.`,
    );
  });
}
