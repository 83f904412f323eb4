import type { Pool } from '../../model/site.ts';
import type { Fill, Leases } from '../../registry/leases/leases.ts';
import { mergeSpans, poolSpaceOf, type Span } from '../../registry/pools/pool-space.ts';

/** How full the part of a pool is that is drawn from: reserved addresses and sub-pools are left out. */
export interface PoolFill {
  readonly held: number;
  readonly quarantined: number;
  readonly free: number;
  /** Addresses that can be drawn. */
  readonly drawable: number;
  /** Held and quarantined, percent of `drawable`; 100 where nothing can be drawn. */
  readonly percent: number;
}

export const sizeOf = ({ first, last }: Span): number => last - first + 1;

/** The smallest pool that an address lies in. */
export function poolHolding(pools: readonly Pool[], mac: number): Pool | undefined {
  let best: Pool | undefined;
  for (const pool of pools) {
    if (mac < pool.range.first || mac > pool.range.last) continue;
    if (best === undefined || sizeOf(pool.range) < sizeOf(best.range)) best = pool;
  }
  return best;
}

/** Addresses of a pool that can be drawn. */
export function drawableOf(pool: Pool, pools: readonly Pool[]): number {
  return poolSpaceOf(pool, pools).holes.reduce((left, hole) => left - sizeOf(hole), sizeOf(pool.range));
}

/** Counts a pool exactly. */
export async function countPool(pool: Pool, pools: readonly Pool[], leases: Leases, now: number): Promise<PoolFill> {
  const space = poolSpaceOf(pool, pools);
  const whole = await leases.fill(space, now);
  const holes = await Promise.all(space.holes.map((hole) => leases.fill(hole, now)));
  const sum = (key: 'held' | 'quarantined'): number => holes.reduce((left, hole: Fill) => left - hole[key], whole[key]);
  return fillOf(sum('held'), sum('quarantined'), drawableOf(pool, pools));
}

/** The fill in figures that people read. */
export function fillOf(held: number, quarantined: number, drawable: number): PoolFill {
  const used = held + quarantined;
  // One decimal, cut: 100 % is said of a full pool only.
  const percent = drawable === 0 ? 100 : Math.floor((used * 1000) / drawable) / 10;
  return { held, quarantined, free: Math.max(0, drawable - used), drawable, percent };
}

/** Addresses of a pool's own reserved list, without those of sub-pools. */
export function reservedIn(pool: Pool, pools: readonly Pool[]): number {
  const children = mergeSpans(pools.filter(({ parent }) => parent === pool.name).map(({ range }) => range));
  const all = mergeSpans([...pool.reserved, ...children]);
  const size = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + sizeOf(span), 0);
  return size(all) - size(children);
}

/** The highest of the pool's `warnings` that the fill has reached. */
export function gradeOf(pool: Pool, fill: PoolFill): number | undefined {
  return pool.warnings.filter((grade) => (fill.held + fill.quarantined) * 100 >= grade * fill.drawable).at(-1);
}

/** `Pool "default" is 81.2 % full (it warns at 80 %): 3158 of 16777216 addresses are free`. */
export function renderFillWarning(pool: Pool, grade: number, fill: PoolFill): string {
  const { percent, free, drawable } = fill;
  return `Pool "${pool.name}" is ${percent} % full (it warns at ${grade} %): ${free} of ${drawable} addresses ${free === 1 ? 'is' : 'are'} free`;
}
