import type { FastifyRequest } from 'fastify';
import type { Logins } from '../../access/logins/logins.ts';
import { AppError } from '../../errors/app-error.ts';
import { type App, actorOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import { setLoginCookies, visitorOf } from '../login/login-cookies.ts';
import {
  codeSchema,
  doneSchema,
  loginIdSchema,
  loginViewSchema,
  ownLoginSchema,
  ownProofSchema,
  passwordChangeSchema,
  recoveryCodesSchema,
  totpProposalSchema,
} from '../schemas/login.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['login'];

/** What people do with their own account: password, second factor, logins. */
export function addOwnAccountRoutes(app: App, logins: () => Logins): void {
  /** Name of the account that the login rests on. */
  const ownAccount = ({ principal }: FastifyRequest): string => {
    const account = principal.proof === 'login' ? logins().accountOf(principal.id) : undefined;
    if (account === undefined)
      throw new AppError(
        'forbidden',
        `Whoever asks is not logged in with an account, but is known by ${principal.proof}.`,
      );
    return account.name;
  };
  app.post(
    '/v1/me/password',
    {
      schema: {
        tags,
        operationId: 'changeOwnPassword',
        summary: "Changes one's own password; all other logins of the account end",
        body: passwordChangeSchema,
        response: { 200: doneSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { password, newPassword } = request.body;
      const visitor = visitorOf(request);
      const name = ownAccount(request);
      await logins().confirmPassword(name, password, visitor);
      setLoginCookies(reply, await logins().changePassword(name, newPassword, visitor));
      return { done: true as const };
    },
  );
  app.post(
    '/v1/me/totp',
    {
      schema: {
        tags,
        operationId: 'proposeTotp',
        summary: 'A secret for an app that makes codes (TOTP); nothing is asked for before it is confirmed',
        body: ownProofSchema,
        response: { 200: totpProposalSchema, default: problemSchema },
      },
    },
    async (request) => {
      const name = ownAccount(request);
      await logins().confirmProof(name, request.body, visitorOf(request));
      return logins().secondFactors.propose(name, request.hostname);
    },
  );
  app.post(
    '/v1/me/totp/confirm',
    {
      schema: {
        tags,
        operationId: 'confirmTotp',
        summary: 'Shows that the app has the secret; from now on a code is asked for',
        body: codeSchema,
        response: { 200: recoveryCodesSchema, default: problemSchema },
      },
    },
    async (request) => ({
      recoveryCodes: await logins().secondFactors.confirm(ownAccount(request), request.body.code, actorOf(request)),
    }),
  );
  app.post(
    '/v1/me/totp/remove',
    {
      schema: {
        tags,
        operationId: 'removeTotp',
        summary: "Takes one's own second factor away",
        body: ownProofSchema,
        response: { 200: doneSchema, default: problemSchema },
      },
    },
    async (request) => {
      const name = ownAccount(request);
      await logins().confirmProof(name, request.body, visitorOf(request));
      await logins().secondFactors.remove(name, actorOf(request));
      return { done: true as const };
    },
  );
  addList(app, {
    path: '/v1/me/logins',
    tags,
    operationId: 'listOwnLogins',
    summary: "One's own logins, the oldest first",
    item: ownLoginSchema,
    read: (_filters, request) => {
      const { id, proof } = request.principal;
      const own = proof === 'login' ? logins().ownLogins(id) : [];
      return wholeList(
        own.map((login) => ({ ...login, own: login.id === id })),
        (login) => login.id,
      );
    },
  });
  app.delete(
    '/v1/me/logins/:id',
    {
      schema: {
        tags,
        operationId: 'endOwnLogin',
        summary: "Ends one of one's own logins",
        params: loginIdSchema,
        response: { 200: loginViewSchema, default: problemSchema },
      },
    },
    (request) => {
      const { id, proof } = request.principal;
      const own = proof === 'login' ? logins().ownLogins(id) : [];
      return logins().end(request.params.id, actorOf(request), own);
    },
  );
}
