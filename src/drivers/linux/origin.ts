import { mkdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors/app-error.ts';
import { readText, removeFile, syncDirectory, writeFileAtomic } from '../../system/files.ts';
import type { HostOrigin } from './host/host-item.ts';

const originPath = (stateDirectory: string): string => join(stateDirectory, 'linux', 'origin.json');

/** Boot and network namespace: after either ends, nothing of ours is left, and what is found is found anew. */
export async function currentWorld(): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return `${boot} ${await readlink('/proc/self/ns/net')}`;
}

/**
 * What was on this host before the first change: <state>/linux/origin.json. Empty when nothing was changed yet, or
 * since the host was started. Throws `registry-failed` when the file cannot be read: without it, nothing could be
 * restored.
 */
export async function readOrigin(stateDirectory: string): Promise<HostOrigin> {
  const path = originPath(stateDirectory);
  const world = await currentWorld();
  const empty: HostOrigin = { version: 1, world, items: {}, foreignPorts: {} };
  const text = await readText(path);
  if (text === undefined) return empty;
  let found: HostOrigin;
  try {
    found = JSON.parse(text) as HostOrigin;
  } catch (cause) {
    throw new AppError('registry-failed', `"${path}" is not JSON, so what the host was before cannot be known`, {
      cause,
    });
  }
  if (found.version !== 1) {
    throw new AppError('registry-failed', `"${path}" is of version ${found.version}, and 1 was expected`);
  }
  return found.world === world ? found : empty;
}

/** Durable when it resolves (atomic replace, fsync). An origin without items removes the file. */
export async function writeOrigin(stateDirectory: string, origin: HostOrigin): Promise<void> {
  const path = originPath(stateDirectory);
  if (Object.keys(origin.items).length === 0) {
    if ((await readText(path)) === undefined) return;
    await removeFile(path);
    return syncDirectory(dirname(path));
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, `${JSON.stringify(origin)}\n`);
}
