import type { EngineStatus } from '../../../reconciler/engine-contract.ts';
import { Samples } from '../samples.ts';

/** Counters of one direction of an interface. */
interface DirectionFigures {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** What the host is busy with. Bytes, and seconds of all processors together. */
export interface HostFigures {
  readonly cpus: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memory: { readonly size: number; readonly available: number };
  readonly uplink?: { readonly received: DirectionFigures; readonly sent: DirectionFigures };
  readonly uplinkUp: boolean;
}

/** Looks at the host: `uplink` is the interface to tell of. */
export type ReadHost = (uplink?: string) => Promise<HostFigures>;

export function hostSamples(figures: HostFigures, uplink: EngineStatus['uplink']): Samples {
  const samples = new Samples();
  for (const [mode, seconds] of Object.entries(figures.cpuSeconds))
    samples.add('bridgekeeper_host_cpu_seconds_total', seconds, { mode });
  samples.add('bridgekeeper_host_cpus', figures.cpus);
  samples.add('bridgekeeper_host_memory_size_bytes', figures.memory.size);
  samples.add('bridgekeeper_host_memory_available_bytes', figures.memory.available);
  if (uplink === undefined) return samples;
  const { interface: name, bandwidth } = uplink;
  samples.add('bridgekeeper_uplink_up', figures.uplinkUp ? 1 : 0, { interface: name });
  if (bandwidth !== undefined)
    samples.add('bridgekeeper_uplink_capacity_bytes_per_second', bandwidth / 8, { interface: name });
  for (const direction of ['received', 'sent'] as const) {
    const seen = figures.uplink?.[direction];
    if (seen === undefined) continue;
    const labels = { interface: name, direction };
    samples.add('bridgekeeper_uplink_bytes_total', seen.bytes, labels);
    samples.add('bridgekeeper_uplink_packets_total', seen.packets, labels);
    samples.add('bridgekeeper_uplink_errors_total', seen.errors, labels);
    samples.add('bridgekeeper_uplink_dropped_total', seen.dropped, labels);
  }
  return samples;
}
