import { mkdir } from 'node:fs/promises';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error));

/** Makes a directory again that somebody removed, when that is why something failed. Answers whether it was so. */
export async function makeAgain(directory: string, error: unknown): Promise<boolean> {
  if (codeOf(error) !== 'ENOENT') return false;
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch {
    // It is there, or what it stood in is gone as well: the next attempt fails, and tells of it.
    return false;
  }
}
