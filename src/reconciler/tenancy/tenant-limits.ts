import { quoteValue } from '../../model/quote-value.ts';
import type { GuestLimitsView, LimitsFilter, LimitsView, RefusalView, SessionLimits } from '../limits/contract.ts';
import { blindly, tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';

interface LimitParts {
  readonly limits: SessionLimits;
  readonly own: () => OwnSite;
}

/** A guest that has its share of all sessions has as many as it may: how many others have is nothing to know. */
function blindRefusals(refused: readonly RefusalView[]): RefusalView[] {
  const byLimit = new Map<string, RefusalView>();
  for (const each of refused) {
    const limit = each.limit === 'all-sessions' ? 'sessions' : each.limit;
    const held = byLimit.get(limit);
    byLimit.set(limit, {
      ...each,
      limit,
      count: each.count + (held?.count ?? 0),
      since: Math.min(each.since, held?.since ?? each.since),
      last: Math.max(each.last, held?.last ?? each.last),
      lasting: each.lasting || (held?.lasting ?? false),
    });
  }
  return [...byLimit.values()];
}

/** What the owner's guests may, and were refused. */
export class TenantLimits implements SessionLimits {
  readonly #parts: LimitParts;

  constructor(parts: LimitParts) {
    this.#parts = parts;
  }

  list(filter: LimitsFilter = {}): Promise<LimitsView> {
    return blindly(async () => {
      const { limits, own } = this.#parts;
      const { guests, entry } = own();
      if (filter.guest !== undefined && !guests.has(filter.guest))
        throw tellTenant('not-found', `there is no guest ${quoteValue(filter.guest)}`);
      const view = await limits.list(filter);
      const shown = view.guests.filter(({ guest }) => guests.has(guest));
      return {
        sessions: entry?.quota.sessions ?? 0,
        table: { count: 0, max: 0 },
        guests: shown.map((guest): GuestLimitsView => ({ ...guest, refused: blindRefusals(guest.refused) })),
      };
    });
  }

  warnings(): string[] {
    return [];
  }
}
