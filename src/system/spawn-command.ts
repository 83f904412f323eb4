import { accessSync, closeSync, constants, fstatSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** How a process ended: its exit status, or the number of the signal that ended it. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Bytes that it has printed so far. */
  printed(): number;
}

const MFD_CLOEXEC = 1;
const WNOHANG = 1;
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
/** Larger than glibc's posix_spawn_file_actions_t (80), posix_spawnattr_t (336) and sigset_t (128). */
const structSize = 512;
const signalSetSize = 128;
const firstLook = 1;
const slowestLook = 8;

function loadLibc() {
  const libc = koffi.load('libc.so.6');
  return {
    memfd: libc.func('int memfd_create(const char *name, unsigned int flags)'),
    actionsInit: libc.func('int posix_spawn_file_actions_init(void *actions)'),
    actionsDup: libc.func('int posix_spawn_file_actions_adddup2(void *actions, int fd, int newfd)'),
    actionsDestroy: libc.func('int posix_spawn_file_actions_destroy(void *actions)'),
    attributesInit: libc.func('int posix_spawnattr_init(void *attributes)'),
    setFlags: libc.func('int posix_spawnattr_setflags(void *attributes, short flags)'),
    setSignalDefaults: libc.func('int posix_spawnattr_setsigdefault(void *attributes, const void *set)'),
    setSignalMask: libc.func('int posix_spawnattr_setsigmask(void *attributes, const void *set)'),
    attributesDestroy: libc.func('int posix_spawnattr_destroy(void *attributes)'),
    spawn: libc.func(
      'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
    ),
    wait: libc.func('int waitpid(int pid, _Out_ int *status, int options)'),
  };
}

let libc: ReturnType<typeof loadLibc> | undefined;

/**
 * Starts a command by posix_spawn(3), which shares this process's memory until the command runs. Node's own spawn
 * forks: copying the page tables of a daemon of 300 MB holds its event loop for 10 ms and more, each time.
 * The command reads `input` and writes to memory (memfd_create(2)), so no pipe can fill up.
 * With `ownGroup` it leads a process group of its own, so that its children can be ended with it.
 * Throws an error with the system's `code` when it cannot be started.
 */
export function spawnCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string,
  ownGroup = false,
): RunningCommand {
  libc ??= loadLibc();
  const { memfd } = libc;
  const files = ['stdin', 'stdout', 'stderr'].map((name) => memfd(`bridgekeeper-${name}`, MFD_CLOEXEC) as number);
  const [stdin, stdout, stderr] = files as [number, number, number];
  const close = (): void => {
    for (const file of files) if (file >= 0) closeSync(file);
  };
  try {
    if (files.some((file) => file < 0)) throw systemError('EMFILE', 'memfd_create');
    for (let at = 0, bytes = Buffer.from(input); at < bytes.length; ) at += writeSync(stdin, bytes, at, undefined, at);
    const pid = start(argv, env, files, ownGroup);
    const printed = (): number => fstatSync(stdout).size + fstatSync(stderr).size;
    return { pid, printed, ended: waitFor(pid, stdout, stderr).finally(close) };
  } catch (error) {
    close();
    throw error;
  }
}

function start(argv: readonly string[], env: NodeJS.ProcessEnv, files: readonly number[], ownGroup: boolean): number {
  const c = libc as ReturnType<typeof loadLibc>;
  const actions = Buffer.alloc(structSize);
  const attributes = Buffer.alloc(structSize);
  c.actionsInit(actions);
  c.attributesInit(attributes);
  try {
    for (const [target, file] of files.entries()) c.actionsDup(actions, file, target);
    // Node ignores SIGPIPE and blocks signals at times; a command must inherit neither.
    const group = ownGroup ? POSIX_SPAWN_SETPGROUP : 0;
    c.setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group);
    c.setSignalDefaults(attributes, Buffer.alloc(signalSetSize, 0xff));
    c.setSignalMask(attributes, Buffer.alloc(signalSetSize));
    const environment = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`));
    const pid = [0];
    const failure = c.spawn(
      pid,
      findProgram(argv[0] ?? '', env.PATH ?? ''),
      actions,
      attributes,
      [...argv, null],
      [...environment, null],
    ) as number;
    if (failure !== 0) throw systemError(getSystemErrorName(-failure), `posix_spawn ${argv[0]}`);
    return pid[0] as number;
  } finally {
    c.actionsDestroy(actions);
    c.attributesDestroy(attributes);
  }
}

/** Looks the program up in the PATH that it is to be run with, as a shell does. */
function findProgram(name: string, path: string): string {
  if (name.includes('/')) return name;
  const candidates = path.split(':').map((directory) => join(directory || '.', name));
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw systemError('ENOENT', `posix_spawn ${name}`);
  return found;
}

function waitFor(pid: number, stdout: number, stderr: number): Promise<Ending> {
  const c = libc as ReturnType<typeof loadLibc>;
  return new Promise((resolve, reject) => {
    let delay = firstLook;
    const look = (): void => {
      const status = [0];
      const found = c.wait(pid, status, WNOHANG) as number;
      if (found === 0) {
        delay = Math.min(delay * 2, slowestLook);
        setTimeout(look, delay);
        return;
      }
      if (found < 0) {
        reject(systemError('ECHILD', 'waitpid'));
        return;
      }
      const code = status[0] as number;
      const signal = code & 0x7f;
      resolve({
        exitCode: signal === 0 ? (code >> 8) & 0xff : null,
        signal: signal === 0 ? null : signal,
        stdout: readAll(stdout),
        stderr: readAll(stderr),
      });
    };
    setTimeout(look, firstLook);
  });
}

function readAll(file: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(file).size);
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(file, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${call}: ${code}`), { code, syscall: call });
}
