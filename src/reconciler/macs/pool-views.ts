import { isAppError } from '../../errors/app-error.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Pool } from '../../model/site.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { poolSpaceOf } from '../../registry/pools/pool-space.ts';
import type { PoolView } from './contract.ts';
import { kindOf } from './mac-kind.ts';
import { countPool, gradeOf, renderFillWarning, reservedIn, sizeOf } from './pool-fill.ts';

/** Milliseconds at which the first address of a full pool becomes free; undefined when all of it is held. */
async function nextFreeAt(
  pool: Pool,
  pools: readonly Pool[],
  leases: Leases,
  now: number,
): Promise<number | undefined> {
  try {
    const drawn = await leases.drawMacs(poolSpaceOf(pool, pools), [{ title: `pool "${pool.name}"` }], now);
    // Something became free while this was counted, and nobody wants it here.
    leases.giveBack(drawn);
    return now;
  } catch (error) {
    if (!isAppError(error) || error.code !== 'pool-exhausted') throw error;
    const { nextFreeAt: at } = error.details;
    return typeof at === 'number' ? at : undefined;
  }
}

/** One pool as people see it. */
export async function viewPool(
  pool: Pool,
  pools: readonly Pool[],
  origin: PoolView['origin'],
  leases: Leases,
  now: number,
): Promise<PoolView> {
  const fill = await countPool(pool, pools, leases, now);
  const { held, quarantined, free, percent, drawable } = fill;
  const size = sizeOf(pool.range);
  const reserved = reservedIn(pool, pools);
  const grade = gradeOf(pool, fill);
  const next = free === 0 && drawable > 0 ? await nextFreeAt(pool, pools, leases, now) : undefined;
  const { name, strategy, quarantine, parent, owner, segment, host } = pool;
  return {
    name,
    range: pool.range.text,
    strategy,
    quarantine,
    kind: kindOf(macFromInteger(pool.range.first)),
    origin,
    ...(parent === undefined ? {} : { parent }),
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(host === undefined ? {} : { host }),
    size,
    reserved,
    carved: size - drawable - reserved,
    held,
    quarantined,
    free,
    percent,
    ...(next === undefined ? {} : { nextFreeAt: next }),
    warnings: grade === undefined ? [] : [renderFillWarning(pool, grade, fill)],
  };
}
