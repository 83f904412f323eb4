import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { linkTime } from '../../access/logins/links.ts';
import type { NewLogin } from '../../access/logins/login.ts';
import type { Logins } from '../../access/logins/logins.ts';
import { AppError } from '../../errors/app-error.ts';
import { type App, actorOf } from '../app.ts';
import { clearLoginCookie, csrfTokenOf, setLoginCookies, visitorOf } from '../login/login-cookies.ts';
import type { LoginPlace } from '../login/login-place.ts';
import {
  doneSchema,
  linkLoginSchema,
  linkOrderSchema,
  linkSchema,
  loginMethodsSchema,
  loginOrderSchema,
  meSchema,
} from '../schemas/login.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['login'];

/** Bytes: strangers send these, so there is no room for more than a name and a password. */
const bodyLimit = 8192;

/** Who asks, and the ways to say it on the page. `logins` throws where nobody can log in. */
export function addLoginRoutes(app: App, logins: () => Logins, place: LoginPlace): void {
  /** The login that the browser had is over: nothing of it is needed any more. */
  const comeIn = async ({ asker }: FastifyRequest, reply: FastifyReply, login: NewLogin): Promise<void> => {
    setLoginCookies(reply, login);
    if (asker?.proof !== 'login' || asker.id === undefined) return;
    await logins().end(asker.id, { who: asker.name, from: asker.from });
  };
  app.get(
    '/v1/me',
    {
      schema: {
        tags,
        operationId: 'showMe',
        summary: 'Who asks, and what they may',
        response: { 200: meSchema, default: problemSchema },
      },
    },
    (request): z.input<typeof meSchema> => {
      const { name, role, owner, proof, until } = request.principal;
      const csrf = proof === 'login' ? csrfTokenOf(request) : undefined;
      const account = proof === 'login' ? logins().accountOf(request.principal.id) : undefined;
      return {
        name,
        role,
        ...(owner === undefined ? {} : { owner }),
        proof,
        ...(csrf === undefined ? {} : { csrf }),
        ...(until === undefined ? {} : { until }),
        ...(account === undefined
          ? {}
          : { account: { password: account.password, totp: account.totp, recoveryCodes: account.recoveryCodes } }),
      };
    },
  );
  app.get(
    '/v1/login/methods',
    {
      schema: {
        tags,
        operationId: 'listLoginMethods',
        summary: 'How one can log in here',
        response: { 200: loginMethodsSchema, default: problemSchema },
      },
    },
    () => ({
      password: true as const,
      ...(place.provider === undefined ? {} : { provider: { name: place.provider.settings.name } }),
    }),
  );
  app.post(
    '/v1/login',
    {
      bodyLimit,
      schema: {
        tags,
        operationId: 'logIn',
        summary: 'Begins a login, which is a cookie',
        description:
          'Answers 401 for what is not right, with `details.needs: "code"` when only the code of the second factor is missing, and 429 with Retry-After after too many wrong ones.',
        body: loginOrderSchema,
        response: { 200: doneSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      await comeIn(request, reply, await logins().logIn(request.body, visitorOf(request)));
      return { done: true as const };
    },
  );
  app.post(
    '/v1/login/link',
    {
      bodyLimit,
      schema: {
        tags,
        operationId: 'logInByLink',
        summary: 'Begins a login with a link, which is good once',
        body: linkLoginSchema,
        response: { 200: doneSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      await comeIn(request, reply, await logins().logInByLink(request.body, visitorOf(request)));
      return { done: true as const };
    },
  );
  app.post(
    '/v1/login/links',
    {
      schema: {
        tags,
        operationId: 'makeLoginLink',
        summary: 'Makes a link that lets somebody in once, within 5 minutes',
        body: linkOrderSchema,
        response: { 200: linkSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { account } = request.body;
      const { name, role, owner, proof } = request.principal;
      // What is revoked must not live on in a login of its own.
      if (account === undefined && proof !== 'socket')
        throw new AppError(
          'value-invalid',
          'For which account is the link? Only on the unix socket it may be for none.',
        );
      const own = { name, role, ...(owner === undefined ? {} : { owner }) };
      const token = await logins().link(account === undefined ? own : { account }, actorOf(request));
      const path = `/login#link=${token}`;
      const urls = place.origins().map((origin) => `${origin}${path}`);
      return { token, path, urls, until: Date.now() + linkTime };
    },
  );
  app.post(
    '/v1/logout',
    {
      schema: {
        tags,
        operationId: 'logOut',
        summary: 'Ends the login that asks',
        response: { 200: z.object({ done: z.literal(true) }), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { proof, id } = request.principal;
      if (proof === 'login' && id !== undefined) await logins().end(id, actorOf(request));
      clearLoginCookie(reply);
      return { done: true as const };
    },
  );
}
