import { open } from 'node:fs/promises';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

/** Why a file could not be read, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

/** How a file is called in messages. */
export const titleOf = (path: string): string => (path === '-' ? '<stdin>' : path);

/** Reads a file, or stdin for `-`: up to one byte more than `most`, so that a larger one shows. */
export async function readUpTo(path: string, most: number): Promise<Buffer> {
  const stream = path === '-' ? process.stdin : (await open(path)).createReadStream();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > most) break;
  }
  return Buffer.concat(parts).subarray(0, most + 1);
}
