import { AppError, isAppError } from '../../errors/app-error.ts';

/** Primary result codes (sqlite.org/rescode.html). */
const busy = 5;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const constraint = 19;
const notADatabase = 26;

/** SQLite's primary result code of a failure of node:sqlite, undefined for any other failure. */
function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  return error instanceof Error && resultCode(error) === busy;
}

/** A unique key refused a row (SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && resultCode(error) === constraint && /^UNIQUE /.test(error.message);
}

const reasons: Readonly<Record<number, string>> = {
  [readOnly]: 'it cannot be written to',
  [ioError]: 'reading or writing it failed',
  [corrupt]: 'it is damaged; restore it from a backup',
  [full]: 'the disk is full',
  [cannotOpen]: 'it cannot be opened; the state directory must exist and be writable',
  [notADatabase]: 'it is not a SQLite database; restore it from a backup',
};

/** Any failure of the store as `registry-failed`; an AppError stays what it is. */
export function explainSqlite(error: unknown, file: string): AppError {
  if (isAppError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? resultCode(error) : undefined;
  const reason = code === undefined ? undefined : reasons[code];
  return new AppError(
    'registry-failed',
    reason === undefined
      ? `registry "${file}" failed: ${message}`
      : `registry "${file}" failed: ${reason} (${message})`,
    { cause: error, details: { file, ...(code === undefined ? {} : { sqlite: code }) } },
  );
}
