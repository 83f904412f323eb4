import { z } from 'zod';
import type { Logins } from '../../access/logins/logins.ts';
import { type App, actorOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  accountChangeSchema,
  accountNameSchema,
  accountOrderSchema,
  accountSchema,
  loginIdSchema,
  loginViewSchema,
  newAccountSchema,
} from '../schemas/login.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['accounts'];

/** Who may log in on the page, and who is logged in. */
export function addAccountRoutes(app: App, logins: () => Logins): void {
  addList(app, {
    path: '/v1/accounts',
    tags,
    operationId: 'listAccounts',
    summary: 'Accounts, the oldest first',
    item: accountSchema,
    read: () => wholeList(logins().desk.all(), ({ name }) => name),
  });
  app.post(
    '/v1/accounts',
    {
      schema: {
        tags,
        operationId: 'createAccount',
        summary: 'Makes an account, and a password unless one is given',
        body: accountOrderSchema,
        response: { 200: newAccountSchema, default: problemSchema },
      },
    },
    (request) => logins().desk.create(request.body, actorOf(request)),
  );
  app.get(
    '/v1/accounts/:name',
    {
      schema: {
        tags,
        operationId: 'showAccount',
        summary: 'An account',
        params: accountNameSchema,
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    (request) => logins().desk.show(request.params.name),
  );
  app.patch(
    '/v1/accounts/:name',
    {
      schema: {
        tags,
        operationId: 'changeAccount',
        summary: 'Changes an account; its logins end',
        params: accountNameSchema,
        body: accountChangeSchema,
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    (request) => logins().desk.change(request.params.name, request.body, actorOf(request)),
  );
  app.delete(
    '/v1/accounts/:name',
    {
      schema: {
        tags,
        operationId: 'removeAccount',
        summary: 'Removes an account; its logins end',
        params: accountNameSchema,
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    (request) => logins().desk.remove(request.params.name, actorOf(request)),
  );
  addList(app, {
    path: '/v1/logins',
    tags,
    operationId: 'listLogins',
    summary: 'Logins that are open, the oldest first',
    item: loginViewSchema,
    filters: { name: z.string().min(1).max(128).describe('Only of this name').exactOptional() },
    read: ({ name }) => wholeList(logins().list(name), ({ id }) => id),
  });
  app.delete(
    '/v1/logins/:id',
    {
      schema: {
        tags,
        operationId: 'endLogin',
        summary: 'Ends a login at once',
        params: loginIdSchema,
        response: { 200: loginViewSchema, default: problemSchema },
      },
    },
    (request) => logins().end(request.params.id, actorOf(request)),
  );
}
