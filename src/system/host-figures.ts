import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** Counters of one direction of an interface, since it came up. */
export interface DirectionFigures {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** What an interface has carried, as /proc/net/dev tells in this process's own network namespace. */
export interface InterfaceFigures {
  readonly received: DirectionFigures;
  readonly sent: DirectionFigures;
}

/** What the host is busy with. Bytes, and seconds of all processors together. */
export interface HostFigures {
  readonly cpus: number;
  /** By mode: user, system, iowait, steal, idle. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memory: { readonly size: number; readonly available: number };
  /** Absent when there is no such interface. */
  readonly uplink?: InterfaceFigures;
  readonly uplinkUp: boolean;
}

/** USER_HZ, in which /proc/stat counts: 100 on every architecture that Debian has. */
const ticks = 100;

/** Reads /proc/stat (proc_stat(5)). */
export function parseCpu(text: string): Pick<HostFigures, 'cpus' | 'cpuSeconds'> {
  const lines = text.split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (lines[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map((value) => Number(value) / ticks);
  return {
    cpus: lines.filter((line) => /^cpu\d/.test(line)).length,
    // Time of guests is in user and nice already.
    cpuSeconds: { user: user + nice, system: system + irq + softirq, iowait, steal, idle },
  };
}

/** Reads /proc/meminfo, whose kB are 1,024 bytes. */
export function parseMemory(text: string): HostFigures['memory'] {
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { size: of('MemTotal'), available: of('MemAvailable') };
}

/** Finds an interface in /proc/net/dev. */
export function parseInterface(text: string, name: string): InterfaceFigures | undefined {
  const line = text.split('\n').find((each) => each.trimStart().startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const values = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  const direction = (at: number): DirectionFigures => {
    const [bytes = 0, packets = 0, errors = 0, dropped = 0] = values.slice(at);
    return { bytes, packets, errors, dropped };
  };
  return { received: direction(0), sent: direction(8) };
}

/** A look at /proc, without waiting for anything else. Rejects where /proc is not there. */
export async function readHostFigures(uplink?: string): Promise<HostFigures> {
  const [stat, memory, interfaces] = await Promise.all(
    ['/proc/stat', '/proc/meminfo', '/proc/self/net/dev'].map((path) => readFile(path, 'utf8')),
  );
  const figures = uplink === undefined ? undefined : parseInterface(interfaces as string, uplink);
  return {
    ...parseCpu(stat as string),
    memory: parseMemory(memory as string),
    ...(figures === undefined ? {} : { uplink: figures }),
    // libuv lists what is up and running (uv_interface_addresses).
    uplinkUp: uplink !== undefined && networkInterfaces()[uplink] !== undefined,
  };
}
