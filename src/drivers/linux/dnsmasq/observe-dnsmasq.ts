import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { readText } from '../../../system/files.ts';
import { commandLine, processIds } from '../../../system/processes.ts';
import type { ObservedService } from './service.ts';
import { type ServiceFiles, serviceFiles } from './service-files.ts';

const processRecord = z.object({ pid: z.int().positive(), bridge: z.string(), ifindex: z.int() });
/** What was started, kept in `ServiceFiles.process`. `ifindex` is that of the bridge at the start. */
export type ProcessRecord = z.infer<typeof processRecord>;

/** The argument by which our processes are told from every other dnsmasq. */
export function configurationArgument(files: ServiceFiles): string {
  return `--conf-file=${files.configuration}`;
}

async function readRecord(files: ServiceFiles): Promise<ProcessRecord | undefined> {
  const text = await readText(files.process);
  if (text === undefined) return undefined;
  try {
    return processRecord.parse(JSON.parse(text));
  } catch {
    // A record that cannot be read is as good as none: the process is then looked for by its command line.
    return undefined;
  }
}

async function serves(pid: number, files: ServiceFiles): Promise<boolean> {
  return (await commandLine(pid))?.includes(configurationArgument(files)) ?? false;
}

/**
 * Process that serves a segment, or undefined. A record of a process that is gone, or whose number another program has
 * by now, is not believed; a process without a record (we were killed between start and record) is found by its argv.
 */
export async function findService(files: ServiceFiles): Promise<{ pid: number; record?: ProcessRecord } | undefined> {
  const record = await readRecord(files);
  if (record && (await serves(record.pid, files))) return { pid: record.pid, record };
  for (const pid of await processIds()) if (await serves(pid, files)) return { pid };
  return undefined;
}

async function segmentsIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Reads what there is of services under `directory`: files, processes, leases. `devices` are the host's
 * (`HostObservation.devices`), to see whether a bridge was made anew behind a service's back.
 */
export async function observeDnsmasq(
  directory: string,
  devices: ReadonlyMap<string, { readonly ifindex: number }>,
): Promise<Map<string, ObservedService>> {
  const found = new Map<string, ObservedService>();
  for (const segment of await segmentsIn(directory)) {
    const files = serviceFiles(directory, segment);
    const texts = new Map<string, string>();
    for (const path of [files.configuration, files.reservations, files.names]) {
      const text = await readText(path);
      if (text !== undefined) texts.set(path, text);
    }
    const service = await findService(files);
    const leases = await readText(files.leases);
    const { bridge = '', ifindex } = service?.record ?? {};
    found.set(segment, {
      segment,
      bridge,
      files,
      texts,
      ...(service ? { pid: service.pid } : {}),
      bridgeIsSame: ifindex !== undefined && devices.get(bridge)?.ifindex === ifindex,
      ...(leases === undefined ? {} : { leases }),
    });
  }
  return found;
}
