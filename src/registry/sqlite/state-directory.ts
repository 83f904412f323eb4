import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { AppError } from '../../errors/app-error.ts';

const passable = 0o711;

/**
 * Makes the state directory. Others can list and read nothing in it, but pass through (mode 0711): dnsmasq, which has
 * given up its privileges, reads its own files below. One that is there already is closed to others when it is empty
 * or holds `known`; a directory of something else is left as it is and refused with `registry-failed`.
 */
export function prepareStateDirectory(directory: string, known: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: passable });
    const mode = statSync(directory).mode & 0o7777;
    if ((mode & 0o066) === 0) {
      chmodSync(directory, passable);
      return;
    }
    const entries = readdirSync(directory);
    if (entries.length > 0 && !entries.includes(known)) {
      throw new AppError(
        'registry-failed',
        `state directory "${directory}" is open to others (mode ${mode.toString(8)}) and holds other files; expected an empty directory or one of mode 711`,
      );
    }
    chmodSync(directory, passable);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'registry-failed',
      `state directory "${directory}" cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
