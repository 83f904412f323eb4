import type { AccountView } from '../access/logins/account.ts';
import type { LoginView, Me } from './login.ts';
import { queryOf, request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type { AccountView };

export interface AccountOrder {
  readonly name: string;
  readonly role: Me['role'];
  readonly owner?: string;
  /** One is made and answered unless given; null: none, only links let in. */
  readonly password?: string | null;
}

/** `null` takes something away. */
export interface AccountChange {
  readonly role?: Me['role'];
  readonly owner?: string | null;
  readonly password?: string | null;
  readonly disabled?: boolean;
  readonly totp?: null;
}

/** `client.accounts`: who may log in on the page, and who is logged in. Every method rejects with an AppError. */
export interface AccountsClient {
  list(): Promise<AccountView[]>;
  show(name: string): Promise<AccountView>;
  create(order: AccountOrder): Promise<{ readonly account: AccountView; readonly password?: string }>;
  /** Its logins end. */
  change(name: string, change: AccountChange): Promise<AccountView>;
  remove(name: string): Promise<AccountView>;
  /** Logins that are open, of one name or all. */
  logins(name?: string): Promise<LoginView[]>;
  endLogin(id: string): Promise<LoginView>;
}

export function accountsClient(transport: Transport): AccountsClient {
  const pathOf = (name: string) => `/v1/accounts/${encodeURIComponent(name)}`;
  return {
    list: () => requestList(transport, '/v1/accounts'),
    show: (name) => request(transport, 'GET', pathOf(name)),
    create: (order) => request(transport, 'POST', '/v1/accounts', order),
    change: (name, change) => request(transport, 'PATCH', pathOf(name), change),
    remove: (name) => request(transport, 'DELETE', pathOf(name)),
    logins: (name) => requestList(transport, `/v1/logins${queryOf({ name })}`),
    endLogin: (id) => request(transport, 'DELETE', `/v1/logins/${encodeURIComponent(id)}`),
  };
}
