import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors/app-error.ts';
import { readText, writeFileAtomic } from '../../../system/files.ts';
import { isRunning } from '../../../system/processes.ts';
import { runCommand } from '../../../system/run-command.ts';
import { configurationArgument, findService, type ProcessRecord } from './observe-dnsmasq.ts';
import { makeReadableDirectory } from './readable-directory.ts';
import type { ServiceFiles } from './service-files.ts';

/** dnsmasq says this in its log when it serves (dnsmasq.c). */
const startedLine = /: started(?:, version|, cachesize)/;
const startTimeoutMs = 5_000;
const stopTimeoutMs = 2_000;

/** Every directory down to the file may be entered by any user: dnsmasq reads its files again without privileges. */
async function isReachable(path: string): Promise<boolean> {
  for (let directory = dirname(path); directory !== '/'; directory = dirname(directory)) {
    if (((await stat(directory)).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * As whom dnsmasq runs. Real root: as user `dnsmasq`, or root itself when the state directory is closed to others. In a
 * user namespace without setgroups(2) (unshare -r) dnsmasq cannot change its groups and ends, save with --no-daemon.
 */
async function identityArguments(files: ServiceFiles): Promise<string[]> {
  const setgroups = (await readText('/proc/self/setgroups'))?.trim();
  if (setgroups === 'deny') return ['--no-daemon', '--user=root'];
  const account = /^dnsmasq:[^:]*:\d+:(\d+):/m.exec((await readText('/etc/passwd')) ?? '');
  const group = new RegExp(`^([^:]+):[^:]*:${account?.[1]}:`, 'm').exec((await readText('/etc/group')) ?? '')?.[1];
  const mapsOthers = ((await readText('/proc/self/uid_map')) ?? '').trim().split(/\s+/)[2] === '4294967295';
  if (account === null || group === undefined || !mapsOthers || !(await isReachable(files.configuration))) {
    return ['--keep-in-foreground', '--user=root', '--group=root'];
  }
  return ['--keep-in-foreground', '--user=dnsmasq', `--group=${group}`];
}

async function bridgeIndex(bridge: string): Promise<number> {
  const { stdout } = await runCommand(['ip', '-j', 'link', 'show', 'dev', bridge]);
  return (JSON.parse(stdout) as { ifindex: number }[])[0]?.ifindex ?? 0;
}

async function logTail(files: ServiceFiles, from: number): Promise<string> {
  return (await readFile(files.log)).subarray(from).toString('utf8').trim();
}

/**
 * Starts the service of a segment (after stopping what serves it) in a session of its own, so that it outlives us, and
 * resolves when it serves. Rejects with `command-failed` and what dnsmasq said.
 */
export async function startService(files: ServiceFiles, bridge: string): Promise<void> {
  await stopService(files);
  const argv = ['dnsmasq', configurationArgument(files), ...(await identityArguments(files)), '--log-facility=-'];
  const ifindex = await bridgeIndex(bridge);
  await makeReadableDirectory(files.directory);
  const log = await open(files.log, 'a', 0o644);
  try {
    const { size } = await log.stat();
    const child = spawn('dnsmasq', argv.slice(1), { detached: true, stdio: ['ignore', 'ignore', log.fd] });
    const spawned = Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
    await spawned.catch((cause: Error) => {
      throw new AppError(
        'command-failed',
        `command "dnsmasq" could not be started: ${cause.message}; Debian package "dnsmasq-base" has it`,
        { cause },
      );
    });
    child.unref();
    const record: ProcessRecord = { pid: child.pid as number, bridge, ifindex };
    await writeFileAtomic(files.process, `${JSON.stringify(record)}\n`);
    for (const end = performance.now() + startTimeoutMs; ; await sleep(10)) {
      const said = await logTail(files, size);
      if (startedLine.test(said)) return;
      if (child.exitCode === null && child.signalCode === null && performance.now() < end) continue;
      await stopService(files);
      throw new AppError(
        'command-failed',
        `command "${argv.join(' ')}" did not come to serve bridge "${bridge}": ${said}`,
        {
          details: { argv, exitCode: child.exitCode, signal: child.signalCode, stderr: said },
        },
      );
    }
  } finally {
    await log.close();
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends the process that serves a segment, if there is one. Only a process whose argv names our file is touched. */
export async function stopService(files: ServiceFiles): Promise<void> {
  const service = await findService(files);
  if (service === undefined) return;
  signal(service.pid, 'SIGTERM');
  for (const end = performance.now() + stopTimeoutMs; await isRunning(service.pid); await sleep(10)) {
    if (performance.now() > end) signal(service.pid, 'SIGKILL');
  }
}

/** Makes the service read its names and reservations again. */
export async function reloadService(files: ServiceFiles): Promise<void> {
  const service = await findService(files);
  if (service !== undefined) signal(service.pid, 'SIGHUP');
}
