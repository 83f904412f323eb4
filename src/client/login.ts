import { request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

/** Who asks, as `GET /v1/me` says it. */
export interface Me {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  /** The tenant, for somebody who sees only what belongs to it. */
  readonly owner?: string;
  readonly proof: 'socket' | 'certificate' | 'token' | 'login';
  /** Goes with every change in the header `bridgekeeper-csrf`. */
  readonly csrf?: string;
  /** When the login ends at the latest (ms since the epoch). */
  readonly until?: number;
  /** What the login rests on, if that is an account. */
  readonly account?: { readonly password: boolean; readonly totp: boolean; readonly recoveryCodes: number };
}

export interface LoginMethods {
  readonly password: true;
  /** Where one can log in instead, at `GET /v1/login/oidc`. */
  readonly provider?: { readonly name: string };
}

export interface LoginView {
  readonly id: string;
  readonly name: string;
  readonly role: Me['role'];
  readonly owner?: string;
  readonly way: 'password' | 'link' | 'provider';
  readonly from: string;
  readonly browser: string;
  /** Milliseconds since the epoch: when it began, was used last, and ends at the latest. */
  readonly at: number;
  readonly usedAt: number;
  readonly until: number;
}

export interface LoginLink {
  readonly token: string;
  /** To be opened behind the address of the page. */
  readonly path: string;
  readonly until: number;
  /** Where the page is, as far as the daemon knows. */
  readonly urls: readonly string[];
}

/** Shows once more that it is oneself: the code where there is a second factor already. */
export interface OwnProof {
  readonly password: string;
  readonly code?: string;
}

/** `client.login`: who asks, and logging in on the page. Every method rejects with an AppError. */
export interface LoginClient {
  me(): Promise<Me>;
  methods(): Promise<LoginMethods>;
  /** Rejects with `unauthenticated`; `details.needs` is `code` when only the second factor is missing. */
  logIn(order: { readonly name: string; readonly password: string; readonly code?: string }): Promise<unknown>;
  logInByLink(order: { readonly token: string; readonly code?: string }): Promise<unknown>;
  logOut(): Promise<unknown>;
  /** All other logins of the account end. */
  changePassword(order: { readonly password: string; readonly newPassword: string }): Promise<unknown>;
  /** A secret for an app; nothing changes before it is confirmed. */
  proposeTotp(proof: OwnProof): Promise<{ readonly secret: string; readonly uri: string }>;
  confirmTotp(code: string): Promise<{ readonly recoveryCodes: readonly string[] }>;
  removeTotp(proof: OwnProof): Promise<unknown>;
  /** One's own; `own` is the one that asks. */
  logins(): Promise<(LoginView & { readonly own: boolean })[]>;
  end(id: string): Promise<LoginView>;
  /** A link that lets in once: an account, or on the unix socket whoever asks. */
  link(account?: string): Promise<LoginLink>;
}

export function loginClient(transport: Transport): LoginClient {
  const get = <T>(path: string) => request<T>(transport, 'GET', path);
  const post = <T>(path: string, body: object = {}) => request<T>(transport, 'POST', path, body);
  return {
    me: () => get('/v1/me'),
    methods: () => get('/v1/login/methods'),
    logIn: (order) => post('/v1/login', order),
    logInByLink: (order) => post('/v1/login/link', order),
    logOut: () => post('/v1/logout'),
    changePassword: (order) => post('/v1/me/password', order),
    proposeTotp: (proof) => post('/v1/me/totp', proof),
    confirmTotp: (code) => post('/v1/me/totp/confirm', { code }),
    removeTotp: (proof) => post('/v1/me/totp/remove', proof),
    logins: () => requestList(transport, '/v1/me/logins'),
    end: (id) => request(transport, 'DELETE', `/v1/me/logins/${encodeURIComponent(id)}`),
    link: (account) => post('/v1/login/links', account === undefined ? {} : { account }),
  };
}
