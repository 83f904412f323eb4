import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MacFinder } from './mac-finder.ts';

/** What is looked for, and where; comes on the standard input. */
export interface TraceRequest {
  readonly directory: string;
  readonly macs: readonly number[];
}

export interface TraceReport {
  readonly files: number;
  readonly bytes: number;
  /** Files that hold one of the addresses, in any form. */
  readonly found: readonly string[];
}

/** Of a closed descriptor of these files the locks of the whole process would go; this process has none. */
const chunkBytes = 1024 * 1024;

async function findIn(path: string, finder: MacFinder): Promise<{ bytes: number; found: boolean }> {
  const file = await open(path, 'r');
  const buffer = Buffer.alloc(chunkBytes + finder.overlap);
  let bytes = 0;
  let kept = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, kept, chunkBytes, null);
      if (bytesRead === 0) return { bytes, found: false };
      bytes += bytesRead;
      const end = kept + bytesRead;
      if (finder.isIn(buffer.subarray(0, end))) return { bytes, found: true };
      kept = Math.min(finder.overlap, end);
      buffer.copyWithin(0, end - kept, end);
    }
  } finally {
    await file.close();
  }
}

async function findTraces({ directory, macs }: TraceRequest): Promise<TraceReport> {
  const finder = new MacFinder(macs);
  // The log of sessions knows no MAC address, and may be large.
  const sessions = join(directory, 'sessions', '/');
  const report = { files: 0, bytes: 0, found: [] as string[] };
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(sessions)) continue;
    try {
      const { bytes, found } = await findIn(path, finder);
      report.files++;
      report.bytes += bytes;
      if (found) report.found.push(path);
    } catch (error) {
      // Gone since the directory was read.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return report;
}

let input = '';
for await (const part of process.stdin.setEncoding('utf8')) input += part;
process.stdout.write(JSON.stringify(await findTraces(JSON.parse(input) as TraceRequest)));
