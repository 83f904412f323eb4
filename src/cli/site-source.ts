import { open } from 'node:fs/promises';
import { AppError } from '../errors/app-error.ts';

/** A site file as it was read. */
export interface SiteSource {
  readonly text: string;
  /** Its name, for messages. */
  readonly file: string;
}

let latest: SiteSource | undefined;

/** The site file that this command has read, so that its mistakes can be shown in place. */
export function latestSource(): SiteSource | undefined {
  return latest;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

/** Reads up to one byte more than `most`. */
async function readUpTo(file: string, most: number): Promise<Buffer> {
  const stream = file === '-' ? process.stdin : (await open(file)).createReadStream();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > most) break;
  }
  return Buffer.concat(parts).subarray(0, most + 1);
}

/** Reads a site file, or stdin for `-`; never more than a site file may have. Throws `site-unreadable`. */
export async function readSiteSource(path: string): Promise<SiteSource> {
  const { decodeSiteFile, largestSiteFile } = await import('../model/parse-site.ts');
  const file = path === '-' ? '<stdin>' : path;
  let bytes: Buffer;
  try {
    bytes = await readUpTo(path, largestSiteFile);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = reasons[code ?? ''] ?? message;
    throw new AppError('site-unreadable', `Site file ${JSON.stringify(file)} cannot be read: ${reason}.`, { cause });
  }
  if (bytes.length > largestSiteFile) {
    throw new AppError(
      'site-unreadable',
      `Site file ${JSON.stringify(file)} is larger than ${largestSiteFile} bytes, the most that a site file may have.`,
    );
  }
  latest = { text: decodeSiteFile(bytes, file), file };
  return latest;
}
