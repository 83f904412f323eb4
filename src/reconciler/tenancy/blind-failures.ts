import { AppError, isAppError } from '../../errors/app-error.ts';
import { type ErrorCode, errorCatalogue } from '../../errors/catalogue.ts';

/** Failures that were said with the tenant in mind: they name nothing but what is the tenant's own. */
const safe = new WeakSet<AppError>();

/** A failure that a tenant may read as it stands. */
export function tellTenant(...words: ConstructorParameters<typeof AppError>): AppError {
  const error = new AppError(...words);
  safe.add(error);
  return error;
}

/** The tenant may not do it, whoever it is and whatever there is. */
export function closedToTenants(what: string): AppError {
  return tellTenant('forbidden', `${what} is not for tenants; expected somebody without an owner`);
}

/** What a tenant asks for is somebody else's, or does not fit: which of the two, and whose, is not said. */
export const taken = (): AppError => tellTenant('conflict', sentences.conflict as string);

/** Does what reads the request and nothing else: what it says is for the tenant. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isAppError(error)) safe.add(error);
    throw error;
  }
}

/** What is said of each kind of failure: the same sentence whatever it was that stood in the way. */
const sentences: Partial<Record<ErrorCode, string>> = {
  conflict: 'What you ask for cannot be had: something of it is taken, or does not fit into the site. Choose another.',
  'not-found': 'There is no such thing of yours.',
  'pool-exhausted': 'No address is free for you at the moment.',
  'ports-exhausted': 'No ports are free for you at the moment.',
  'confirmation-pending': 'The site takes no changes at the moment; try again in some minutes.',
  unsupported: 'This daemon cannot do that.',
};

/**
 * Codes under which a failure appears. What a site does not take is told like what is taken: which of the two it is
 * depends on things that are not the tenant's.
 */
const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  'site-invalid': 'conflict',
  'nothing-to-confirm': 'conflict',
  'uplink-unsuitable': 'conflict',
};

/** Codes whose sentences are about the request alone, wherever they are thrown. */
const aboutTheRequest: ReadonlySet<ErrorCode> = new Set([
  'request-invalid',
  'precondition-failed',
  'too-many-requests',
  'unauthenticated',
]);

/** The failure as a tenant may read it; `cause` is for the log. */
export function blindFailure(error: unknown, also: readonly ErrorCode[] = []): AppError {
  if (!isAppError(error))
    return new AppError('internal', 'Bridgekeeper failed in a way it did not foresee.', { cause: error });
  if (safe.has(error) || aboutTheRequest.has(error.code) || also.includes(error.code)) return error;
  const code = codes[error.code] ?? error.code;
  return new AppError(code, sentences[code] ?? `${errorCatalogue[code].title}.`, { cause: error });
}

/** Does work for a tenant. `also`: codes whose sentences this work makes of the request and the tenant's own alone. */
export async function blindly<T>(work: () => Promise<T> | T, also: readonly ErrorCode[] = []): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blindFailure(error, also);
  }
}
