import type { Isolation } from '../../../reconciler/isolation/contract.ts';
import type { Macs } from '../../../reconciler/macs/contract.ts';
import type { Rotations } from '../../../reconciler/rotations/contract.ts';
import type { Wire } from '../../../reconciler/wire/contract.ts';
import { countUp, Samples } from '../samples.ts';

export async function poolSamples(macs: Pick<Macs, 'pools'>): Promise<Samples> {
  const samples = new Samples();
  for (const { name: pool, held, quarantined, free } of await macs.pools()) {
    const size = held + quarantined + free;
    samples.add('bridgekeeper_pool_addresses', held, { pool, state: 'held' });
    samples.add('bridgekeeper_pool_addresses', quarantined, { pool, state: 'quarantined' });
    samples.add('bridgekeeper_pool_addresses', free, { pool, state: 'free' });
    samples.add('bridgekeeper_pool_size', size, { pool });
    samples.add('bridgekeeper_pool_fill_ratio', size === 0 ? 1 : (held + quarantined) / size, { pool });
  }
  return samples;
}

export async function conflictSamples(wire: Pick<Wire, 'conflicts'>): Promise<Samples> {
  const counts = new Map([
    ['open', 0],
    ['acknowledged', 0],
  ]);
  for (const { state } of await wire.conflicts({})) countUp(counts, state);
  const samples = new Samples();
  for (const [state, count] of counts) samples.add('bridgekeeper_conflicts', count, { state });
  return samples;
}

export async function rotationSamples(rotations: Pick<Rotations, 'list'>): Promise<Samples> {
  const counts = new Map(['waiting', 'prepared', 'moved', 'failed'].map((phase) => [phase, 0] as const));
  for (const { phase } of await rotations.list()) countUp<string>(counts, phase);
  const samples = new Samples();
  for (const [phase, count] of counts) samples.add('bridgekeeper_rotations', count, { phase });
  return samples;
}

export async function isolationSamples(isolation: Pick<Isolation, 'list'>): Promise<Samples> {
  const isolated = await isolation.list();
  const limited = isolated.filter(({ limit }) => limit !== undefined).length;
  const samples = new Samples();
  samples.add('bridgekeeper_isolated_nics', isolated.length - limited, { mode: 'cut-off' });
  samples.add('bridgekeeper_isolated_nics', limited, { mode: 'limited' });
  return samples;
}
