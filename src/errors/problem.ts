import { AppError, isAppError, type Mistake } from './app-error.ts';
import { type ErrorCode, errorCatalogue } from './catalogue.ts';

/** A failure as data: problem document of RFC 9457, over HTTP and on stderr with --json. */
export interface Problem {
  /** `urn:bridgekeeper:error:<code>`. */
  type: string;
  title: string;
  /** HTTP status. */
  status: number;
  /** The sentence of the failure. */
  detail: string;
  code: ErrorCode;
  remedy: string;
  mistakes?: Mistake[];
  /** What belongs to the failure: argv, exit code and stderr of a command, … */
  details?: Record<string, unknown>;
}

/** `status` overrides the catalogue's where HTTP knows a narrower one (404, 413, 415). */
export function problemOf(error: unknown, status?: number): Problem {
  const failure = isAppError(error)
    ? error
    : new AppError('internal', `Bridgekeeper failed in a way it did not foresee: ${messageOf(error)}`);
  return {
    type: `urn:bridgekeeper:error:${failure.code}`,
    title: errorCatalogue[failure.code].title,
    status: status ?? failure.status,
    detail: failure.message,
    code: failure.code,
    remedy: failure.remedy,
    ...(failure.mistakes.length > 0 && { mistakes: failure.mistakes }),
    ...(Object.keys(failure.details).length > 0 && { details: failure.details }),
  };
}

/** The failure that a problem document tells of; undefined when `value` is none of ours. */
export function errorOfProblem(value: unknown): AppError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const problem = value as Partial<Problem>;
  if (typeof problem.detail !== 'string' || typeof problem.code !== 'string') return undefined;
  if (!Object.hasOwn(errorCatalogue, problem.code)) return undefined;
  return new AppError(problem.code, problem.detail, {
    ...(Array.isArray(problem.mistakes) && { mistakes: problem.mistakes }),
    ...(typeof problem.details === 'object' && problem.details !== null && { details: problem.details }),
  });
}

/** JSON of a problem; details may hold what JSON does not know (bigint), which must not fail a second time. */
export function renderProblem(problem: Problem, indent?: number): string {
  return JSON.stringify(problem, (_key, value) => (typeof value === 'bigint' ? String(value) : value), indent);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
