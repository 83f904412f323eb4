import { AppError } from '../errors/app-error.ts';
import type { AccessRule } from './policy-table.ts';
import { isAtLeast, type Principal } from './principal.ts';
import type { ProofReader, Shown } from './shown.ts';

/** The ways to show who one is, in the order in which they count. */
export interface ProofReaders {
  readonly tokens?: ProofReader;
  readonly certificates?: ProofReader;
  readonly logins?: ProofReader;
  readonly socket?: ProofReader;
}

/**
 * Who sends a request; undefined when it shows nothing. What is said on purpose counts first: a token, then the
 * certificate of the connection, a login's cookie, the socket. One that does not count is refused and not passed over
 * for the next: whoever shows a revoked token shall hear of it.
 */
export function identify(readers: ProofReaders, shown: Shown): Principal | undefined {
  if (shown.authorization !== undefined && readers.tokens === undefined)
    throw new AppError('unauthenticated', 'Header Authorization says something that nobody here can check.');
  if (shown.certificate !== undefined && readers.certificates === undefined)
    throw new AppError('unauthenticated', 'Nobody here can check the certificate of this connection.');
  return (
    readers.tokens?.read(shown) ??
    readers.certificates?.read(shown) ??
    readers.logins?.read(shown) ??
    readers.socket?.read(shown)
  );
}

/** Throws `unauthenticated` or `forbidden` unless the principal may use the endpoint. */
export function checkAccess(endpoint: string, rule: AccessRule, principal: Principal | undefined): void {
  if (rule.role === 'anyone') return;
  if (principal === undefined)
    throw new AppError('unauthenticated', `${endpoint} is not for everybody, and the request does not say who asks.`);
  const { name, role, owner, only } = principal;
  if (!isAtLeast(role, rule.role))
    throw new AppError('forbidden', `${endpoint} needs role ${rule.role}; ${JSON.stringify(name)} is ${role}.`);
  if (owner !== undefined && rule.tenant !== 'own')
    throw new AppError('forbidden', `${endpoint} is not for tenants; ${JSON.stringify(name)} is one of them.`);
  if (only !== undefined && !only.includes(endpoint))
    throw new AppError('forbidden', `${endpoint} is not among what this token of ${JSON.stringify(name)} is for.`);
}
