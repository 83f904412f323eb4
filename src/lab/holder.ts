import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../errors/app-error.ts';
import { renderHolderCommand } from './isolation.ts';

/** A running lab, as its pid file tells. */
export interface LabHandle {
  /** Process on the machine that holds the lab's namespaces. */
  readonly pid: number;
  /** `net:[4026532…]`: tells this lab from a later process with the same id. */
  readonly network: string;
  readonly userNamespace: boolean;
}

/** Where the pid file of this user's lab is. Only the pid file is on the machine; the rest is inside the lab. */
export function labDirectory(environment: NodeJS.ProcessEnv = process.env, user = process.getuid?.() ?? 0): string {
  const runtime = environment.XDG_RUNTIME_DIR;
  return runtime ? join(runtime, 'bridgekeeper-lab') : join(tmpdir(), `bridgekeeper-lab-${user}`);
}

const pidFile = (directory: string): string => join(directory, 'lab.json');

/** In /tmp anybody may have made the directory first, and would say which process we end. */
async function isOurs(directory: string): Promise<boolean> {
  const found = await lstat(directory);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

async function networkOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/ns/net`);
  } catch {
    // The process is gone, or belongs to somebody else: in either case it is no lab of ours.
    return undefined;
  }
}

/** The lab that the pid file names, if it still runs; a stale one is removed. */
export async function findLab(directory: string = labDirectory()): Promise<LabHandle | undefined> {
  let text: string;
  try {
    if (!(await isOurs(directory))) return undefined;
    text = await readFile(pidFile(directory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const handle = parseHandle(text);
  if (handle && (await networkOf(handle.pid)) === handle.network) return handle;
  await rm(directory, { recursive: true, force: true });
  return undefined;
}

function parseHandle(text: string): LabHandle | undefined {
  try {
    const value = JSON.parse(text) as Partial<LabHandle>;
    const { pid, network, userNamespace } = value;
    if (!Number.isInteger(pid) || typeof network !== 'string' || typeof userNamespace !== 'boolean') return undefined;
    return { pid: pid as number, network, userNamespace };
  } catch {
    // Cut off while it was written: as good as none.
    return undefined;
  }
}

/**
 * Makes the namespaces and the process that holds them. With `dieWithParent` the lab ends with this process, however
 * that ends; without, it stays and a pid file names it. Throws `unsupported` when the machine does not let us.
 */
export async function startHolder(options: { dieWithParent: boolean; directory?: string }): Promise<LabHandle> {
  const directory = options.directory ?? labDirectory();
  if (!options.dieWithParent) await makeDirectory(directory);
  const root = process.getuid?.() === 0;
  const [command = '', ...rest] = renderHolderCommand({ root, dieWithParent: options.dieWithParent });
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: !options.dieWithParent });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString('utf8');
  });
  const first = once(createInterface({ input: child.stdout }), 'line').then(([line]) => Number(line));
  const ended = once(child, 'close').then(() => undefined);
  const broken = once(child, 'error').then(([error]) => {
    complaints += String(error);
    return undefined;
  });
  const pid = await Promise.race([first, ended, broken]);
  const network = pid ? await networkOf(pid) : undefined;
  if (!pid || network === undefined) {
    throw new AppError(
      'unsupported',
      `this machine does not let us make namespaces for a lab (${complaints.trim() || 'no reason given'}); ` +
        'run it as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)',
    );
  }
  const handle = { pid, network, userNamespace: !root };
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  if (options.dieWithParent) return handle;
  try {
    await writeFile(pidFile(directory), `${JSON.stringify(handle)}\n`, { mode: 0o600 });
  } catch (error) {
    // Without a pid file nobody would find it again.
    await stopLab(handle, directory);
    throw error;
  }
  return handle;
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await isOurs(directory)) return;
  throw new AppError('unsupported', `directory "${directory}" belongs to somebody else; set XDG_RUNTIME_DIR`);
}

/** Removes the pid file of this lab; another lab's is left alone. */
async function forget(handle: LabHandle, directory: string): Promise<void> {
  try {
    if (!(await isOurs(directory))) return;
    const named = parseHandle(await readFile(pidFile(directory), 'utf8'));
    if (named?.pid === handle.pid) await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Ends the lab and waits until it is gone (2 s at most). Answers false when there was none. */
export async function stopLab(handle: LabHandle | undefined, directory: string = labDirectory()): Promise<boolean> {
  if (!handle || (await networkOf(handle.pid)) !== handle.network) return false;
  process.kill(handle.pid, 'SIGKILL');
  for (let i = 0; i < 100 && (await networkOf(handle.pid)) === handle.network; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await forget(handle, directory);
  return true;
}
