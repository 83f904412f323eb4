import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { NotTold } from './not-told.ts';

/** Bytes; nobody has longer secrets, and some bundles of CAs are large. */
const longestSecret = 16_384;
const longestCa = 2_000_000;

async function readBounded(path: string, what: string, longest: number, checkMode: boolean): Promise<string> {
  // Not to wait for a writer where somebody put a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${cause.code ?? cause.message}`;
    throw new NotTold(`${what} "${path}" ${why}`, { cause });
  });
  try {
    const found = await file.stat();
    const mode = (found.mode & 0o777).toString(8);
    if (!found.isFile()) throw new NotTold(`${what} "${path}" is no file`);
    if (checkMode && (found.mode & 0o007) !== 0)
      throw new NotTold(
        `${what} "${path}" can be read by everybody (mode ${mode}); expected mode 600: chmod 600 ${path}`,
      );
    if (found.size > longest)
      throw new NotTold(`${what} "${path}" has ${found.size} bytes; expected ${longest} at most`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * What a secret file holds, without line ends around it. Read anew at each use, so that it can be replaced; never kept,
 * never logged. Rejects with NotTold for one that others may read, that is empty, or is not there.
 */
export async function readSecret(path: string): Promise<string> {
  const text = (await readBounded(path, 'secret file', longestSecret, true)).trim();
  if (text === '') throw new NotTold(`secret file "${path}" is empty; expected the secret`);
  return text;
}

/** Certificates of CAs (PEM). Rejects with NotTold. */
export async function readCas(path: string): Promise<string> {
  const text = await readBounded(path, 'CA file', longestCa, false);
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new NotTold(`CA file "${path}" holds no certificate; expected PEM ("-----BEGIN CERTIFICATE-----")`);
  return text;
}
