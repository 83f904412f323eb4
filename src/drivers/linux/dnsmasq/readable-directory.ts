import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a directory of ours that dnsmasq can read without privileges, whatever the umask; its parent too. */
export async function makeReadableDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made === undefined) return;
  for (let directory = path; directory.startsWith(made); directory = dirname(directory)) await chmod(directory, 0o755);
}
