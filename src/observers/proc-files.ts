/** Ticks since the start of the host, of all processors together. */
export interface ProcessorTimes {
  readonly all: number;
  readonly busy: number;
  /** How many processors there are. */
  readonly count: number;
}

/**
 * Reads /proc/stat. Time that a hypervisor took away (steal) is busy: it was wanted and is gone. Waiting for disks is
 * idle. What guests of KVM use is in `user` already (proc_stat(5)). Undefined for a text that is something else.
 */
export function parseProcessors(text: string): ProcessorTimes | undefined {
  const [, ticks] = /^cpu +([\d ]+)$/m.exec(text) ?? [];
  if (ticks === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks
    .trim()
    .split(/ +/)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { all: busy + idle + iowait, busy, count: text.match(/^cpu\d/gm)?.length ?? 1 };
}

/** Reads /proc/meminfo: bytes in all, and bytes that programs can have without swapping (MemAvailable). */
export function parseMemory(text: string): { readonly total: number; readonly available: number } | undefined {
  const bytes = (key: string): number => Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
  const total = bytes('MemTotal');
  const available = bytes('MemAvailable');
  return total > 0 && available >= 0 ? { total, available } : undefined;
}
