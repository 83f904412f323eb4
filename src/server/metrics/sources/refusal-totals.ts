import type { GuestLimitsView, LimitKind } from '../../../reconciler/limits/contract.ts';
import { countUp } from '../samples.ts';

/** What is known of one guest and limit. */
interface Known {
  since: number;
  /** Of the refusals that began at `since`. */
  count: number;
  /** Of all. */
  total: number;
}

/** Makes totals that only grow of refusals that begin and end. Bounded: four entries for each guest of the site. */
export class RefusalTotals {
  readonly #known = new Map<string, Map<LimitKind, Known>>();
  readonly #byLimit = new Map<LimitKind, number>();

  take(guests: readonly GuestLimitsView[]): void {
    const there = new Set<string>();
    for (const { guest, refused } of guests) {
      if (refused.length === 0) continue;
      there.add(guest);
      const known = this.#known.get(guest) ?? new Map<LimitKind, Known>();
      this.#known.set(guest, known);
      for (const { limit, since, count } of refused) {
        const before = known.get(limit) ?? { since, count: 0, total: 0 };
        const more = before.since === since ? Math.max(0, count - before.count) : count;
        known.set(limit, { since, count, total: before.total + more });
        countUp(this.#byLimit, limit, more);
      }
    }
    for (const guest of this.#known.keys()) if (!there.has(guest)) this.#known.delete(guest);
  }

  get byLimit(): ReadonlyMap<LimitKind, number> {
    return this.#byLimit;
  }

  *of(guest: string): Generator<[LimitKind, number]> {
    for (const [limit, { total }] of this.#known.get(guest) ?? []) yield [limit, total];
  }
}
