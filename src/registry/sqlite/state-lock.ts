import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.ts';
import { isAlive } from '../../system/processes.ts';
import { isBusy } from './explain.ts';

/** Keeps other daemons out of a state directory until `release`, or until the process is gone, however it went. */
export interface StateLock {
  release(): void;
}

/**
 * Locks a state directory for this process. The lock is the kernel's own (SQLite's fcntl lock on an empty file, held
 * by an exclusive transaction), so it ends with the process and no stale file can keep anybody out.
 * Throws `daemon-running`, which names the process that holds it.
 */
export async function lockStateDirectory(directory: string): Promise<StateLock> {
  // Nothing else may open lock.sqlite: POSIX drops all locks of a process on a file when it closes any of its
  // descriptors. That is why the process id is in a file of its own.
  const pidFile = join(directory, 'daemon.pid');
  // SQLite takes an exclusive lock in steps, so two that begin at once can both be refused: they try again for a while.
  const lock = new DatabaseSync(join(directory, 'lock.sqlite'), { timeout: 250 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    const pid = await readLivePid(pidFile);
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    throw new AppError('daemon-running', `state directory "${directory}" is in use by ${who}; expected it to be free`, {
      cause: error,
      details: { directory, ...(pid === undefined ? {} : { pid }) },
    });
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release() {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

/** The holder writes its id just after it got the lock, so a dead one's id may stand there for a moment. */
async function readLivePid(pidFile: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const pid = readPid(pidFile);
    if (pid !== undefined && isAlive(pid)) return pid;
    await sleep(10);
  }
  return undefined;
}

function readPid(pidFile: string): number | undefined {
  try {
    const text = readFileSync(pidFile, 'utf8');
    return /^\d+\n$/.test(text) ? Number(text) : undefined;
  } catch {
    // Not there yet, or not ours to read: the message does without it.
    return undefined;
  }
}
