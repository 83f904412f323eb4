import type { LeaseItem } from '../client/macs.ts';
import { AppError } from '../errors/app-error.ts';
import { readJson } from '../model/read-json.ts';
import { readUpTo, reasonOf, titleOf } from './read-input.ts';

/** Bytes: the API takes no larger request. */
const largest = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  const title = JSON.stringify(titleOf(path));
  const bytes = await readUpTo(path, largest).catch((cause: unknown) => {
    throw new AppError('value-invalid', `File ${title} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
  if (bytes.length <= largest) return bytes.toString('utf8');
  throw new AppError(
    'value-invalid',
    `File ${title} is larger than ${largest} bytes, the most that one request may have.`,
  );
}

/**
 * Reads a JSON list of NICs, `[{"guest":"web1","segment":"dev"}, …]`, from a file or, for `-`, from stdin. What each
 * holds is for the API to check. Throws `value-invalid`.
 */
export async function readNics(path: string): Promise<LeaseItem[]> {
  const value = readJson(await readText(path));
  if (Array.isArray(value)) return value as LeaseItem[];
  throw new AppError(
    'value-invalid',
    `File ${JSON.stringify(titleOf(path))} is no JSON list of NICs such as [{"guest": "web1", "nic": 0, "segment": "dev"}].`,
  );
}
