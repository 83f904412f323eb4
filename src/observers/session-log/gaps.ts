import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, writeFileAtomic } from '../../system/files.ts';

/** A stretch of time in which sessions may have begun and ended unseen. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

const gapsPath = (directory: string): string => join(directory, 'gaps.jsonl');

function parseGap(line: string): Gap | undefined {
  try {
    const { from, to, why } = JSON.parse(line);
    return Number.isFinite(from) && Number.isFinite(to) && typeof why === 'string' ? { from, to, why } : undefined;
  } catch {
    // A line that was cut off by a crash: the gap is noted again by whoever starts next.
    return undefined;
  }
}

export async function readGaps(directory: string): Promise<Gap[]> {
  const text = (await readText(gapsPath(directory))) ?? '';
  return text.split('\n').flatMap((line) => (line === '' ? [] : (parseGap(line) ?? [])));
}

const renderGaps = (gaps: readonly Gap[]): string => gaps.map((gap) => `${JSON.stringify(gap)}\n`).join('');

/** Adds to the file. A line that a crash cut off before does not take the next one with it. */
export async function appendGaps(directory: string, gaps: readonly Gap[]): Promise<void> {
  await appendFile(gapsPath(directory), `\n${renderGaps(gaps)}`, { mode: 0o600, flush: true });
}

/** Forgets gaps that ended before. */
export async function forgetGaps(directory: string, before: number): Promise<void> {
  const gaps = await readGaps(directory);
  const kept = gaps.filter(({ to }) => to >= before);
  if (kept.length < gaps.length) await writeFileAtomic(gapsPath(directory), renderGaps(kept));
}
