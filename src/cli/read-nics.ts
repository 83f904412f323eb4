import { open } from 'node:fs/promises';
import type { LeaseItem } from '../client/macs.ts';
import { AppError } from '../errors/app-error.ts';
import { readJson } from '../model/read-json.ts';

/** Bytes: the API takes no larger request. */
const largest = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  try {
    const stream = path === '-' ? process.stdin : (await open(path)).createReadStream();
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of stream) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size > largest)
        throw new AppError(
          'value-invalid',
          `File ${JSON.stringify(path)} is larger than ${largest} bytes, the most that one request may have.`,
        );
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('value-invalid', `File ${JSON.stringify(path)} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
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
    `File ${JSON.stringify(path)} is no JSON list of NICs such as [{"guest": "web1", "nic": 0, "segment": "dev"}].`,
  );
}
