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
}

/** Whether a role is at least another. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}
