import { byNoIndex, isResting } from './lease-conditions.ts';
import type { Bounds, Queries } from './lease-store.ts';

/** Leases whose addresses of a range rest still, and that nobody holds meanwhile; nothing of them is selected yet. */
export const restingOnly = (queries: Queries, range: Bounds, now: number) =>
  queries
    .selectFrom('leases')
    .where(isResting)
    .where('free_at', '>', now)
    .where(byNoIndex('mac'), '>=', range.first)
    .where(byNoIndex('mac'), '<=', range.last)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('leases as other')
            .select('other.id')
            .whereRef('other.mac', '=', 'leases.mac')
            .where('other.ended', '=', 0),
        ),
      ),
    );
