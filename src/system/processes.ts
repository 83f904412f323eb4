import { readdir, readFile, readlink } from 'node:fs/promises';

/** Gone, or not for us to see: both mean that the process tells us nothing. */
const unreadable = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (unreadable.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** argv of a running process, or undefined when there is none (or it may not be seen). Empty for a zombie. */
export async function commandLine(pid: number): Promise<string[] | undefined> {
  const text = await orUndefined(readFile(`/proc/${pid}/cmdline`, 'utf8'));
  return text?.split('\0').slice(0, -1);
}

/** Short name of a process (comm, at most 15 characters). */
export async function processName(pid: number): Promise<string | undefined> {
  return (await orUndefined(readFile(`/proc/${pid}/comm`, 'utf8')))?.trimEnd();
}

/** Process ids of everything that runs and may be seen. */
export async function processIds(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Inode numbers of the sockets that a process holds; empty when it may not be looked into. */
export async function socketInodes(pid: number): Promise<number[]> {
  const names = (await orUndefined(readdir(`/proc/${pid}/fd`))) ?? [];
  const targets = await Promise.all(names.map((name) => orUndefined(readlink(`/proc/${pid}/fd/${name}`))));
  return targets.flatMap((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1];
    return inode === undefined ? [] : [Number(inode)];
  });
}

/**
 * Whether a process still runs. One that ended and waits for its parent does not; one that is ending does: its argv is
 * gone by then, but its sockets are not.
 */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await orUndefined(readFile(`/proc/${pid}/stat`, 'utf8'));
  // The name in parentheses may itself hold parentheses and spaces (proc_pid_stat(5)).
  const state = stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Whether there is a process of this id, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is alive, and runs as a user of its own.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
