import type { EngineStatus } from '../../../reconciler/engine-contract.ts';
import { Samples } from '../samples.ts';

interface Directions {
  readonly received: number;
  readonly sent: number;
}

/** What the host is busy with. Bytes, and seconds of all processors together. */
export interface HostFigures {
  readonly cpus: number;
  /** By mode: user, system, iowait, steal, idle. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memory?: { readonly total: number; readonly available: number };
  /** Absent when there is no such interface. */
  readonly uplink?: Directions & {
    readonly running: boolean;
    readonly packets: Directions;
    readonly errors: Directions;
    readonly dropped: Directions;
  };
  /** What the interface says that it carries, in bits per second. */
  readonly uplinkSpeed?: number;
}

/** Looks at the host: `uplink` is the interface to tell of. */
export type ReadHost = (uplink?: string) => Promise<HostFigures>;

const directions = ['received', 'sent'] as const;

export function hostSamples(figures: HostFigures, uplink: EngineStatus['uplink']): Samples {
  const samples = new Samples();
  for (const [mode, seconds] of Object.entries(figures.cpuSeconds))
    samples.add('bridgekeeper_host_cpu_seconds_total', seconds, { mode });
  samples.add('bridgekeeper_host_cpus', figures.cpus);
  if (figures.memory) {
    samples.add('bridgekeeper_host_memory_size_bytes', figures.memory.total);
    samples.add('bridgekeeper_host_memory_available_bytes', figures.memory.available);
  }
  if (uplink !== undefined) addUplink(samples, figures, uplink);
  return samples;
}

function addUplink(samples: Samples, figures: HostFigures, uplink: NonNullable<EngineStatus['uplink']>): void {
  const { interface: name, bandwidth = figures.uplinkSpeed } = uplink;
  const seen = figures.uplink;
  samples.add('bridgekeeper_uplink_up', seen?.running ? 1 : 0, { interface: name });
  if (bandwidth !== undefined)
    samples.add('bridgekeeper_uplink_capacity_bytes_per_second', bandwidth / 8, { interface: name });
  if (seen === undefined) return;
  for (const direction of directions) {
    const labels = { interface: name, direction };
    samples.add('bridgekeeper_uplink_bytes_total', seen[direction], labels);
    samples.add('bridgekeeper_uplink_packets_total', seen.packets[direction], labels);
    samples.add('bridgekeeper_uplink_errors_total', seen.errors[direction], labels);
    samples.add('bridgekeeper_uplink_dropped_total', seen.dropped[direction], labels);
  }
}
