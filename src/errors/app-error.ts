import { type ErrorCode, errorCatalogue } from './catalogue.ts';

/** One mistake in a site file: where it is, what was seen, what was expected. Lines and columns count from 1. */
export interface Mistake {
  /** Path inside the document, such as `guests[2].nics[0].mac`. */
  path: string;
  line?: number;
  column?: number;
  message: string;
  seen?: string;
  expected?: string;
  severity: 'error' | 'warning';
}

/**
 * Every failure that Bridgekeeper reports. `message` is a whole sentence: the object quoted, the value seen,
 * the value expected. `code` is an entry of the catalogue, which gives HTTP status and remedy.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;
  readonly mistakes: Mistake[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown>; mistakes?: Mistake[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.mistakes = options.mistakes ?? [];
  }

  /** HTTP status for this failure (RFC 9110). */
  get status(): number {
    return errorCatalogue[this.code].status;
  }

  /** What the reader can do about it. */
  get remedy(): string {
    return errorCatalogue[this.code].remedy;
  }

  /** Exit status of a command that ends with this failure: 2 for bad input, 1 for everything else. */
  get exitStatus(): number {
    return errorCatalogue[this.code].exit;
  }
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}
