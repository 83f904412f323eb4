import type { Role } from '../principal.ts';

/** How somebody logged in. */
export type LoginWay = 'password' | 'link' | 'provider';

/** A login as it is stored: what its cookie says is not, only a hash of it. */
export interface StoredLogin {
  /** SHA-256 of the secret in the cookie. */
  readonly hash: string;
  /** Who it is: of the account, or as the provider or the maker of the link said. */
  readonly name: string;
  /** The account whose role, owner and generation count; absent for what rests on no account. */
  readonly account?: { readonly generation: string };
  /** For what rests on no account. */
  readonly grant?: { readonly role: Role; readonly owner?: string };
  readonly way: LoginWay;
  /** From where, and with what, so that people know their own. */
  readonly from: string;
  readonly browser: string;
  /** Milliseconds since the epoch: when it began, and when it was used last, to about five minutes. */
  readonly at: number;
  readonly usedAt: number;
}

/** A login for those who may see it. */
export interface LoginView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly owner?: string;
  readonly way: LoginWay;
  readonly from: string;
  readonly browser: string;
  readonly at: number;
  readonly usedAt: number;
  /** When it is over at the latest (ms since the epoch). */
  readonly until: number;
}

/** What is given to whoever logged in. */
export interface NewLogin {
  readonly login: LoginView;
  /** Value of the cookie. */
  readonly cookie: string;
  /** Value of the cookie that says that this browser is known; absent for what rests on no account. */
  readonly device?: string;
}

/** Milliseconds. OWASP: a login ends when it is not used, and after a working day in any case. */
export const idleLimit = 60 * 60_000;
export const longestLogin = 12 * 60 * 60_000;
/** Seconds that a browser counts as known. */
export const deviceSeconds = 180 * 86_400;
