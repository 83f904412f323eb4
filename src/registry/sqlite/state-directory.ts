import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { AppError } from '../../errors/app-error.ts';

/**
 * Makes the state directory, open to its owner alone (mode 0700). One that is there already is closed to others when
 * it is empty or holds `known`; a directory of something else is left as it is and refused with `registry-failed`.
 */
export function prepareStateDirectory(directory: string, known: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const mode = statSync(directory).mode & 0o7777;
    if ((mode & 0o077) === 0) return;
    const entries = readdirSync(directory);
    if (entries.length > 0 && !entries.includes(known)) {
      throw new AppError(
        'registry-failed',
        `state directory "${directory}" is open to others (mode ${mode.toString(8)}) and holds other files; expected an empty directory or one of mode 700`,
      );
    }
    chmodSync(directory, 0o700);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'registry-failed',
      `state directory "${directory}" cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
