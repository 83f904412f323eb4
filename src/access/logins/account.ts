import { AppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { checkGrant, type Role } from '../principal.ts';
import type { StoredTotp } from './second-factor.ts';

/** Somebody who logs in on the page with name and password, as it is stored. */
export interface StoredAccount {
  readonly role: Role;
  /** The tenant; never with `admin`. */
  readonly owner?: string;
  /** Argon2id, as PHC string. Absent: nobody can log in with a password. */
  readonly password?: string;
  readonly passwordAt?: number;
  readonly totp?: StoredTotp;
  /** Hashes of the recovery codes that are left. */
  readonly recovery?: readonly string[];
  readonly disabled?: true;
  /**
   * Changes with everything that a login rests on (password, role, owner, disabled): logins of another generation are
   * over. Random, so that an account that is made anew under an old name shares nothing with it.
   */
  readonly generation: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The same for those who may see it: nothing in it is secret. */
export interface AccountView {
  readonly name: string;
  readonly role: Role;
  readonly owner?: string;
  readonly password: boolean;
  /** When the password was set (ms since the epoch). */
  readonly passwordAt?: number;
  readonly totp: boolean;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  readonly disabled: boolean;
  readonly at: number;
  /** Logins that are open. */
  readonly logins: number;
}

/** What an account is made of, or becomes. `null` takes something away. */
export interface AccountOrder {
  readonly role?: Role;
  readonly owner?: string | null;
  readonly password?: string | null;
  readonly disabled?: boolean;
  /** Only taken away here; it is set up by whoever has the telephone. */
  readonly totp?: null;
}

const pattern = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;

/** Names under which the journal says what Bridgekeeper did, and what was done by root over the socket. */
const reserved = new Set(['bridgekeeper', 'root', 'api']);

/** Upper and lower case are one. Throws `value-invalid`. */
export function parseAccountName(text: string): string {
  const name = text.toLowerCase();
  if (!pattern.test(name))
    throw new AppError(
      'value-invalid',
      `account name ${quoteValue(text)} is not 1 to 63 letters, digits, ".", "_" or "-" that begin and end with a letter or digit`,
    );
  if (reserved.has(name))
    throw new AppError(
      'value-invalid',
      `account name ${quoteValue(text)} means somebody else in the journal; expected another one`,
    );
  return name;
}

/** Throws `value-invalid` when a tenant would be an administrator, or the owner is no name. */
export function checkTenant(role: Role, owner: string | undefined): void {
  if (owner !== undefined) parseLabel(owner);
  checkGrant({ role, owner });
}

export function viewOf(name: string, account: StoredAccount, logins: number): AccountView {
  const { role, owner, password, passwordAt, totp, recovery = [], disabled = false, at } = account;
  return {
    name,
    role,
    ...(owner === undefined ? {} : { owner }),
    password: password !== undefined,
    ...(passwordAt === undefined ? {} : { passwordAt }),
    totp: totp !== undefined,
    recoveryCodes: recovery.length,
    disabled,
    at,
    logins,
  };
}
