import type { Pool } from './site.ts';

/** What the pool of a NIC depends on. */
export interface PoolWish {
  /** Pool that was asked for by name; without one the first pool that is nobody's sub-pool. */
  readonly pool?: string | undefined;
  readonly owner?: string | undefined;
  readonly segment?: string | undefined;
  readonly host?: string | undefined;
}

/** For whom a sub-pool can be, in the order in which they count. */
const purposes = ['owner', 'segment', 'host'] as const;

/** The pools of a site as they are parts of each other. */
export class PoolTree {
  /** The first pool that is nobody's sub-pool. */
  readonly first: Pool | undefined;
  readonly #byName = new Map<string, Pool>();
  readonly #children = new Map<string, Pool[]>();
  /** First sub-pool of each kind: `parent owner team-a`. */
  readonly #forWhom = new Map<string, Pool>();

  constructor(pools: readonly Pool[]) {
    this.first = pools.find(({ parent }) => parent === undefined);
    for (const pool of pools) {
      if (!this.#byName.has(pool.name)) this.#byName.set(pool.name, pool);
      if (pool.parent === undefined) continue;
      const siblings = this.#children.get(pool.parent);
      if (siblings) siblings.push(pool);
      else this.#children.set(pool.parent, [pool]);
      for (const purpose of purposes) {
        const key = `${pool.parent} ${purpose} ${pool[purpose] ?? ''}`;
        if (pool[purpose] !== undefined && !this.#forWhom.has(key)) this.#forWhom.set(key, pool);
      }
    }
  }

  named(name: string): Pool | undefined {
    return this.#byName.get(name);
  }

  /** Sub-pools of a pool, without theirs. */
  childrenOf(pool: Pool): readonly Pool[] {
    return this.#children.get(pool.name) ?? [];
  }

  /** The sub-pool of a pool that is for an owner, a segment or a host. */
  childFor(pool: Pool, purpose: (typeof purposes)[number], name: string): Pool | undefined {
    return this.#forWhom.get(`${pool.name} ${purpose} ${name}`);
  }

  /**
   * The pool that a NIC leases from: the one that is named, else the first; and of its sub-pools the one for the owner,
   * else for the segment, else for the host, as deep as there are such. Undefined for an unknown name, and in a site
   * without pools.
   */
  choose(wish: PoolWish): Pool | undefined {
    let chosen = wish.pool === undefined ? this.first : this.named(wish.pool);
    // Pools that are sub-pools of each other are a mistake in the site; here they must only not go on for ever.
    const visited = new Set<Pool>();
    while (chosen !== undefined && !visited.has(chosen)) {
      visited.add(chosen);
      const next = this.#nextOf(chosen, wish);
      if (next === undefined) break;
      chosen = next;
    }
    return chosen;
  }

  #nextOf(pool: Pool, wish: PoolWish): Pool | undefined {
    for (const purpose of purposes) {
      const name = wish[purpose];
      const child = name === undefined ? undefined : this.childFor(pool, purpose, name);
      if (child) return child;
    }
    return undefined;
  }
}

/** `choose` of a `PoolTree` that is needed once. */
export function choosePool(pools: readonly Pool[], wish: PoolWish): Pool | undefined {
  return new PoolTree(pools).choose(wish);
}
