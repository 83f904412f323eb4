import type { CommandModule } from './command-list.ts';

/** Commands below `bridgekeeper mac`, in the order of its `--help`; `define` gets the command `mac`. */
export const macCommandList: Readonly<Record<string, () => Promise<CommandModule>>> = {
  lease: () => import('./mac/lease.ts'),
  reserve: () => import('./mac/reserve.ts'),
  release: () => import('./mac/release.ts'),
  list: () => import('./mac/list.ts'),
  show: () => import('./mac/show.ts'),
  who: () => import('./mac/who.ts'),
  seen: () => import('./mac/seen.ts'),
  conflicts: () => import('./mac/conflicts.ts'),
  resolve: () => import('./mac/resolve.ts'),
  import: () => import('./mac/import.ts'),
  pools: () => import('./mac/pools.ts'),
  pool: () => import('./mac/pool.ts'),
  carve: () => import('./mac/carve.ts'),
  return: () => import('./mac/return.ts'),
  capacity: () => import('./mac/capacity.ts'),
  simulate: () => import('./mac/simulate.ts'),
};
