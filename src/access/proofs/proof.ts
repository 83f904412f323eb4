import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { policyTable } from '../policy-table.ts';
import { checkGrant, type Role, roles } from '../principal.ts';

/** What programs and other hosts show: the page's users log in instead. */
export type ProofKind = 'token' | 'certificate';

/** As it is stored: nothing in it lets anybody in. Times are milliseconds since the epoch. */
export interface StoredProof {
  readonly name: string;
  readonly role: Role;
  /** The tenant; never with `admin`. */
  readonly owner?: string;
  /** Endpoints that it is for; absent: whatever the role may. */
  readonly only?: readonly string[];
  /** SHA-256, hexadecimal: of the token as a whole, or of the certificate. */
  readonly digest: string;
  readonly at: number;
  /** Who issued it. */
  readonly by: string;
  readonly until: number;
}

/** The same for those who may see it. */
export interface ProofView {
  readonly id: string;
  readonly kind: ProofKind;
  readonly name: string;
  readonly role: Role;
  readonly owner?: string;
  readonly only?: readonly string[];
  readonly at: number;
  readonly by: string;
  readonly until: number;
  readonly expired: boolean;
  /** When it was shown last, since the daemon started. */
  readonly usedAt?: number;
  readonly usedFrom?: string;
}

/** Whom a proof is for, and what it lets him do. */
export interface ProofOrder {
  readonly name: string;
  readonly role: Role;
  readonly owner?: string;
  readonly only?: readonly string[];
  readonly days?: number;
}

export const mostDays = 3650;
export const defaultDays: Readonly<Record<ProofKind, number>> = { token: 90, certificate: 365 };

/** Also what e-mail addresses and host names are made of. */
export const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?$/;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `t` or `c` and 60 random bits in letters and digits that cannot be mistaken for each other. */
export function drawId(kind: ProofKind): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const rest = Array.from(randomBytes(12), (byte) => letters[byte % 32]).join('');
  return `${kind === 'token' ? 't' : 'c'}${rest}`;
}

/** Throws `value-invalid` for an order that cannot be followed. */
export function checkOrder({ name, role, owner, only, days }: ProofOrder): void {
  if (!namePattern.test(name))
    throw new AppError(
      'value-invalid',
      `Name ${quoteValue(name)} is not 1 to 64 letters, digits, ".", "_", "@" or "-", a letter or digit first and last.`,
    );
  if (!roles.includes(role))
    throw new AppError('value-invalid', `Role ${quoteValue(role)} is none of ${roles.join(', ')}.`);
  if (owner !== undefined) parseLabel(owner);
  checkGrant({ role, owner });
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= mostDays))
    throw new AppError('value-invalid', `${days} days are not from 1 to ${mostDays}.`);
  for (const endpoint of only ?? []) {
    const rule = Object.hasOwn(policyTable, endpoint) ? policyTable[endpoint] : undefined;
    if (rule === undefined)
      throw new AppError(
        'value-invalid',
        `Endpoint ${quoteValue(endpoint)} is none of the API; expected one such as "GET /v1/leases" (docs/reference/access.md).`,
      );
  }
}
