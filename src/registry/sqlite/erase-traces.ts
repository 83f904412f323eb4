import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../system/run-command.ts';
import type { Traces } from '../privacy/personal-data.ts';
import type { TraceReport, TraceRequest } from './find-traces.ts';
import { MacFinder } from './mac-finder.ts';

const finderPath = fileURLToPath(new URL('./find-traces.ts', import.meta.url));
/** Milliseconds that looking through all files may take. */
const patience = 600_000;

/**
 * In a process of its own: when a process closes any descriptor of a file, it loses all its locks on it (fcntl(2)), and
 * SQLite's are on these. It also leaves the event loop alone.
 */
async function findTraces(request: TraceRequest): Promise<TraceReport> {
  const argv = [process.execPath, '--disable-warning=ExperimentalWarning', finderPath];
  const { stdout } = await runCommand(argv, { input: JSON.stringify(request), timeoutMs: patience });
  return JSON.parse(stdout) as TraceReport;
}

/** Does something while no transaction of this process is under way. */
export type BetweenTransactions = <T>(work: () => T) => Promise<T>;

/** Moves the write-ahead log into the database and cuts it off; other processes may hold it for a moment. */
async function emptyLog(database: DatabaseSync, between: BetweenTransactions): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const row = await between(() => database.prepare('pragma wal_checkpoint(truncate)').get());
    if (row?.busy === 0) return;
    await sleep(100);
  }
}

/** Files that only SQLite may open while this process has a database there. */
const isDatabase = (path: string): boolean => /\.sqlite(?:-wal|-shm)?$/.test(basename(path));

/** Takes the lines that hold an address out of a file, which stays the same file: its owner may have it open. */
async function scrubLines(path: string, finder: MacFinder): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const lines = (await file.readFile('latin1')).split('\n');
    const kept = Buffer.from(lines.filter((line) => !finder.isInText(line)).join('\n'), 'latin1');
    await file.write(kept, 0, kept.length, 0);
    await file.truncate(kept.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes sure that no file of the state directory holds any of the addresses, whose rows are gone already: free space
 * of the database and its log are overwritten, lines of other files are taken out. `left` are those that resist.
 * `anew`: the database is written anew in any case.
 */
export async function eraseTraces(
  database: DatabaseSync,
  between: BetweenTransactions,
  directory: string,
  macs: ReadonlySet<number>,
  anew: boolean,
): Promise<Traces> {
  if (anew) await between(() => database.exec('vacuum'));
  await emptyLog(database, between);
  if (macs.size === 0) return { macs: 0, files: 0, bytes: 0, scrubbed: [], left: [] };
  const request = { directory, macs: [...macs] };
  const finder = new MacFinder(macs);
  let report = await findTraces(request);
  const scrubbed = report.found.filter((path) => !isDatabase(path));
  for (const path of scrubbed) await scrubLines(path, finder);
  if (report.found.some(isDatabase)) {
    // Secure deletion overwrites what is deleted, but not what pages held when they were split or merged.
    await between(() => database.exec('vacuum'));
    await emptyLog(database, between);
  }
  if (report.found.length > 0) report = await findTraces(request);
  const { files, bytes, found } = report;
  return { macs: macs.size, files, bytes, scrubbed, left: found };
}
