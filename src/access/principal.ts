import { AppError } from '../errors/app-error.ts';

/** What somebody may do, from less to more: look; change; also apply sites, go back, forget, let others in. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** How somebody showed who they are. */
export type Proof = 'socket' | 'certificate' | 'token' | 'login';

/** Who asks. */
export interface Principal {
  /** Goes into revisions and journal. */
  readonly name: string;
  readonly role: Role;
  /** The tenant: sees and changes nothing but what belongs to this owner. Absent: everything. Never with `admin`. */
  readonly owner?: string;
  readonly proof: Proof;
  /** Of the account, certificate, token or login that it was shown with; absent for the socket. */
  readonly id?: string;
  /** Where it comes from: `unix socket`, an IP address. */
  readonly from: string;
  /** When the proof ceases to count (ms since the epoch): whatever is still open is cut then. Absent: never. */
  readonly until?: number;
  /** Endpoints, as in the policy table, that this proof is for; absent: whatever the role may. */
  readonly only?: readonly string[];
}

/** Whether a role is at least another. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

/** Who has one share of what is there for all over TLS; undefined for the unix socket: who comes by it could do worse. */
export function placeOf({ proof, owner, id, name }: Principal): string | undefined {
  if (proof === 'socket') return undefined;
  return owner === undefined ? (id ?? name) : `owner ${owner}`;
}

/** What a principal may never be, whatever some store says: an admin who is a tenant. Throws `value-invalid`. */
export function checkGrant({ role, owner }: { readonly role: Role; readonly owner?: string | undefined }): void {
  if (owner !== undefined && role === 'admin')
    throw new AppError(
      'value-invalid',
      `Role "admin" sees everything, so it cannot be held to owner ${JSON.stringify(owner)}; expected role viewer or operator, or no owner.`,
    );
}
