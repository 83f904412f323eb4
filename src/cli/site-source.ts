import { AppError } from '../errors/app-error.ts';
import { readUpTo, reasonOf, titleOf } from './read-input.ts';

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

/** Reads a site file, or stdin for `-`; never more than a site file may have. Throws `site-unreadable`. */
export async function readSiteSource(path: string): Promise<SiteSource> {
  const { decodeSiteFile, largestSiteFile } = await import('../model/parse-site.ts');
  const file = titleOf(path);
  let bytes: Buffer;
  try {
    bytes = await readUpTo(path, largestSiteFile);
  } catch (cause) {
    throw new AppError('site-unreadable', `Site file ${JSON.stringify(file)} cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
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
