import { readFile } from 'node:fs/promises';
import { parseMemory } from '../observers/proc-files.ts';
import type { HostFigures } from '../server/metrics/sources/host.ts';
import { readLinkCounters, readLinkSpeed } from '../system/link-counters.ts';

/** USER_HZ, in which /proc/stat counts: 100 on every architecture that Debian has. */
const ticks = 100;

/** Reads /proc/stat (proc_stat(5)): seconds of all processors together, by mode. */
export function parseCpu(text: string): Pick<HostFigures, 'cpus' | 'cpuSeconds'> {
  const lines = text.split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (lines[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map((value) => Number(value) / ticks);
  return {
    cpus: lines.filter((line) => /^cpu\d/.test(line)).length,
    // Time of virtual machines is in user and nice already.
    cpuSeconds: { user: user + nice, system: system + irq + softirq, iowait, steal, idle },
  };
}

/** What the host is busy with, from /proc and the kernel's counters of the uplink. Rejects where they are not there. */
export async function readHostFigures(uplink?: string): Promise<HostFigures> {
  const [stat, meminfo] = await Promise.all(['/proc/stat', '/proc/meminfo'].map((path) => readFile(path, 'utf8')));
  const counters = uplink === undefined ? undefined : readLinkCounters(uplink);
  const speed = uplink === undefined ? undefined : readLinkSpeed(uplink);
  const memory = parseMemory(meminfo as string);
  return {
    ...parseCpu(stat as string),
    ...(memory === undefined ? {} : { memory }),
    ...(counters === undefined ? {} : { uplink: counters }),
    ...(speed === undefined ? {} : { uplinkSpeed: speed }),
  };
}
