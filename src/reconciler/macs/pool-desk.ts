import { AppError } from '../../errors/app-error.ts';
import { parseObject } from '../../model/parse-site.ts';
import { nicId, type Site } from '../../model/site.ts';
import type { Actor, Asker } from '../../registry/journal/journal.ts';
import type { Lease, Leases } from '../../registry/leases/leases.ts';
import { capacityOf } from '../../registry/pools/capacity.ts';
import type { ApplyResult, ObjectOrder, PlanResult } from '../engine-contract.ts';
import { findPool, planCarve } from './carve.ts';
import type { CarveAnswer, CarveRequest, Macs, PoolCapacity, PoolMap, PoolMapQuery, PoolView } from './contract.ts';
import { countOthers } from './count-others.ts';
import { mapPool } from './map-pool.ts';
import { countPool } from './pool-fill.ts';
import { viewPool } from './pool-views.ts';

/** What pools need of the engine around them. */
export interface PoolDeskParts {
  readonly leases: Leases;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly site: () => Site | undefined;
  readonly poolOrigin: (name: string) => 'file' | 'api';
  readonly putPool: (body: Record<string, unknown>, actor: Actor) => Promise<ApplyResult>;
  readonly removePool: (name: string, actor: Actor) => Promise<ApplyResult>;
  /** What a change of pools would do. */
  readonly planPool: (order: ObjectOrder) => Promise<PlanResult>;
}

/** Milliseconds of history that the growth of a pool is told from: a year. */
const historyTime = 365 * 86_400_000;

/** Leases that came in between make a carved part useless; then another is looked for. */
const carveAttempts = 5;

/** Pools of the site: how full they are, and sub-pools that are carved out of them and given back. */
export class PoolDesk implements Pick<Macs, 'pools' | 'map' | 'capacity' | 'carve' | 'giveBack'> {
  readonly #parts: PoolDeskParts;

  constructor(parts: PoolDeskParts) {
    this.#parts = parts;
  }

  async pools(): Promise<PoolView[]> {
    const views: PoolView[] = [];
    for (const { name } of this.#parts.site()?.pools ?? []) views.push(await this.#viewPool(name));
    return views;
  }

  async map(name: string, query: PoolMapQuery): Promise<PoolMap> {
    const { leases, now, site } = this.#parts;
    return mapPool(findPool(site(), name), site()?.pools ?? [], query, leases, now());
  }

  async capacity(): Promise<PoolCapacity[]> {
    const { leases, now } = this.#parts;
    const pools = this.#parts.site()?.pools ?? [];
    const at = now();
    const views: PoolCapacity[] = [];
    for (const pool of pools) {
      const { held, quarantined, drawable } = await countPool(pool, pools, leases, at);
      const history = await leases.fillHistory(pool.name, at - historyTime);
      const parent = pool.parent === undefined ? {} : { parent: pool.parent };
      views.push({ pool: pool.name, ...parent, ...capacityOf(drawable, { at, held, quarantined }, history) });
    }
    return views;
  }

  async carve(parent: string, request: CarveRequest, actor: Asker): Promise<CarveAnswer> {
    const { leases, now, putPool, removePool, planPool, site } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const { body, range } = await planCarve(parent, request, site(), leases, now());
      if (actor.onlyPlan) {
        await planPool({ op: 'put', kind: 'pool', body });
        const { value } = parseObject('pool', body);
        return { pool: await viewPool(value, [...(site()?.pools ?? []), value], 'api', leases, now()) };
      }
      const { revision } = await putPool(body, actor);
      // From here on nobody else draws in the part; who did just before is the reason to look once more.
      const others = await countOthers(leases, range, request, now())(range);
      if (others === 0) return { pool: await this.#viewPool(request.name), revision };
      await removePool(request.name, actor);
      if (request.range !== undefined || attempt === carveAttempts) {
        throw new AppError(
          'conflict',
          `Others leased in "${String(body.range)}" while pool "${parent}" was carved; try again`,
        );
      }
    }
  }

  async giveBack(name: string, actor: Asker): Promise<ApplyResult | PlanResult> {
    const { leases, now, site, removePool, planPool } = this.#parts;
    const { range } = findPool(site(), name);
    const { held: count } = await leases.fill(range, now());
    if (count > 0) {
      const states = ['reserved', 'active', 'retiring'] as const;
      const { leases: first } = await leases.list({ range, states, limit: 3 });
      const names = first.map((lease) => `${lease.mac} of ${holderOf(lease)}`).join(', ');
      throw new AppError(
        'conflict',
        `Pool "${name}" (${range.text}) cannot be given back: ${count} ${count === 1 ? 'lease' : 'leases'} of it ${count === 1 ? 'is' : 'are'} held (${names}${count > first.length ? ', …' : ''}); expected none`,
        { details: { held: count } },
      );
    }
    return actor.onlyPlan ? planPool({ op: 'remove', kind: 'pool', name }) : removePool(name, actor);
  }

  #viewPool(name: string): Promise<PoolView> {
    const { leases, now, site, poolOrigin } = this.#parts;
    const pools = site()?.pools ?? [];
    return viewPool(findPool(site(), name), pools, poolOrigin(name), leases, now());
  }
}

function holderOf({ guest, nic, owner, id }: Lease): string {
  if (guest !== undefined) return `NIC "${nicId(guest, nic ?? 0)}"`;
  return owner === undefined ? `lease ${id}` : `owner "${owner}"`;
}
