import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { journeyCookie, readCookie, writeCookie } from '../../access/logins/cookies.ts';
import type { Logins } from '../../access/logins/logins.ts';
import { journeyTime, type Provider, ProviderRefused } from '../../access/provider/provider.ts';
import { AppError } from '../../errors/app-error.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { App } from '../app.ts';
import { setLoginCookies, visitorOf } from '../login/login-cookies.ts';
import type { LoginPlace } from '../login/login-place.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['login'];
const redirect = z.void().describe('Where to go on: header Location');

const forget = (): string => writeCookie(journeyCookie, '', 0, 'Lax');

/** Log-in at another provider; a browser goes there and comes back. Refusals lead to the page, which says why. */
export function addProviderRoutes(app: App, logins: () => Logins, { provider }: LoginPlace): void {
  const providerOrNone = (): Provider => {
    if (provider === undefined)
      throw new AppError('not-found', 'There is no other provider here at which one logs in.');
    return provider;
  };
  const refuse = (reply: FastifyReply, error: unknown): FastifyReply => {
    if (!(error instanceof ProviderRefused)) throw error;
    reply.log.warn({ err: error.cause, reason: error.reason }, 'the log-in at the provider came to nothing');
    return reply.header('set-cookie', forget()).redirect(`/login?refused=${error.reason}`, 303);
  };
  app.get(
    '/v1/login/oidc',
    {
      schema: {
        tags,
        operationId: 'beginProviderLogin',
        summary: 'Sends a browser to the provider to log in there',
        response: { 303: redirect, default: problemSchema },
      },
    },
    async (_request, reply) => {
      try {
        const { url, journey } = await providerOrNone().begin();
        // The way back begins at another site: a Strict cookie would not come along.
        const cookie = writeCookie(journeyCookie, journey, journeyTime / 1000, 'Lax');
        return reply.header('set-cookie', cookie).redirect(url, 303);
      } catch (error) {
        return refuse(reply, error);
      }
    },
  );
  app.get(
    '/v1/login/oidc/return',
    {
      schema: {
        tags,
        operationId: 'endProviderLogin',
        summary: 'Where the provider sends a browser back to; begins a login',
        querystring: z.looseObject({}),
        response: { 303: redirect, default: problemSchema },
      },
    },
    async (request, reply) => {
      const visitor = visitorOf(request);
      const query = /\?.*/s.exec(request.url)?.[0] ?? '';
      try {
        const journey = readCookie(visitor.cookie, journeyCookie);
        const end = () => providerOrNone().end(query, journey);
        // Any page can send a browser here: what cannot let anybody in does not count as a wrong log-in of its address.
        const { subject, ...grant } = await (journey === undefined ? end() : logins().tryFrom(visitor, end));
        const how = `at ${providerOrNone().settings.name} (${quoteValue(subject)})`;
        setLoginCookies(reply, await logins().begin(grant, 'provider', visitor, how));
        reply.header('set-cookie', forget());
        return reply.redirect('/', 303);
      } catch (error) {
        return refuse(reply, error);
      }
    },
  );
}
