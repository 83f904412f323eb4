import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Leases } from '../../src/registry/leases/leases.ts';
import type { PoolSpace } from '../../src/registry/pools/pool-space.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { removeWithBench } from '../gateway/end-with-bench.ts';

export const strategies = ['sequential', 'random', 'hashed', 'cycle'] as const;
export type Strategy = (typeof strategies)[number];

export const actor = { who: 'bench', from: 'this host' };
const begin = 0x021a3f000000;

/** A pool of 2^bits addresses. */
export function benchPool(strategy: Strategy, bits: number): PoolSpace {
  const text = `02:1a:3f:00:00:00/${48 - bits}`;
  return { name: 'bench', text, first: begin, last: begin + 2 ** bits - 1, strategy, quarantine: 1800, holes: [] };
}

/** A folder that vanishes with the bench at the latest. */
export function makeBenchFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bridgekeeper-bench-'));
  removeWithBench(directory);
  return directory;
}

/** A registry of its own in a folder that vanishes with it. */
export interface LeaseBench {
  readonly leases: Leases;
  readonly directory: string;
  close(): Promise<void>;
}

export async function openLeaseBench(): Promise<LeaseBench> {
  const directory = makeBenchFolder();
  const registry: Registry = await openSqliteRegistry({ directory, now: Date.now });
  return {
    leases: registry.leases,
    directory,
    close: async () => {
      await registry.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
