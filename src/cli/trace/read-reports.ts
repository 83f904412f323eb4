import { AppError } from '../../errors/app-error.ts';
import { decodeImport, largestImport } from '../../importers/decode.ts';
import { parseReports, type ReportLine } from '../../importers/reports.ts';
import { readUpTo, reasonOf, titleOf } from '../read-input.ts';

export type { ReportLine };

/** Reads a table of reports from a file, or from stdin for `-`. Throws `import-unreadable`. */
export async function readReports(path: string, zone: string | undefined): Promise<ReportLine[]> {
  const title = JSON.stringify(titleOf(path));
  const bytes = await readUpTo(path, largestImport).catch((cause: unknown) => {
    throw new AppError('import-unreadable', `File ${title} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
  if (bytes.length > largestImport)
    throw new AppError('import-unreadable', `File ${title} is larger than ${largestImport} bytes; give it in parts.`);
  return parseReports(decodeImport(bytes), zone);
}
