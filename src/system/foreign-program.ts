import { stat } from 'node:fs/promises';
import { AppError } from '../errors/app-error.ts';

/**
 * A program that somebody else wrote runs with the rights of the daemon, so nobody but root and the daemon's own user
 * may have a say in it. Rejects with `command-failed`. `what` it is in the message: `hook`.
 */
export async function refuseForeignProgram(program: string, what: string): Promise<void> {
  const found = await stat(program).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new AppError('command-failed', `${what} "${program}" cannot be run: ${why}`, { cause });
  });
  const owner = process.geteuid?.() ?? 0;
  if ((found.uid !== 0 && found.uid !== owner) || (found.mode & 0o022) !== 0) {
    throw new AppError(
      'command-failed',
      `${what} "${program}" can be changed by others than root (owner ${found.uid}, mode ${(found.mode & 0o777).toString(8)}); expected a file of root that nobody else may write`,
    );
  }
}
