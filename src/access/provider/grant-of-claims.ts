import { isAppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import type { Role } from '../principal.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** What a provider says of somebody. */
export type Claims = Readonly<Record<string, unknown>>;

export interface ProviderGrant {
  readonly name: string;
  readonly role: Role;
  readonly owner?: string;
}

/** A claim's text, or texts; an e-mail address that nobody has verified says nothing. */
function textsOf(claims: Claims, claim: string): readonly string[] {
  if (claim === 'email' && claims.email_verified !== true) return [];
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return (Array.isArray(value) ? value : [value]).filter((text): text is string => typeof text === 'string');
}

function labelOf(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : parseLabel(text);
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}

/**
 * What somebody may of whom a provider says this: as the first rule that fits says, and nothing without one. Undefined
 * as well when he has no name that can be shown, or the rule's owner is not said.
 */
export function grantOfClaims(settings: ProviderSettings, claims: Claims): ProviderGrant | undefined {
  const [given] = textsOf(claims, settings.nameClaim);
  // In the journal `team-a/alice` is somebody of a tenant.
  if (given === undefined || !/^[^\p{C}\s/]{1,100}$/u.test(given)) return undefined;
  const name = `${given}@${settings.label}`;
  const rule = settings.rules.find(({ claim, value }) => textsOf(claims, claim).includes(value));
  if (rule === undefined) return undefined;
  const { role, owner, ownerClaim } = rule;
  if (owner === undefined && ownerClaim === undefined) return { name, role };
  // A tenant of whom nobody knows which would be none.
  const label = ownerClaim === undefined ? owner : labelOf(textsOf(claims, ownerClaim)[0]);
  return label === undefined ? undefined : { name, role, owner: label };
}
