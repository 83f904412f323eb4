import { quoteValue } from '../../model/quote-value.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type {
  KillAnswer,
  KillRequest,
  SessionFilter,
  SessionList,
  SessionQuery,
  SessionSummary,
  Sessions,
  SummaryQuery,
} from '../sessions/contract.ts';
import { blindly, tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';

interface SessionParts {
  readonly sessions: Sessions;
  readonly owner: string;
  readonly own: () => OwnSite;
  readonly nameOf: (who: string) => string;
}

/** Conditions are looked up among what is the owner's alone, so what is wrong with one may be said. */
const aboutOwn = ['value-invalid', 'not-found'] as const;

/** Sessions of the owner's guests, as these see them. */
export class TenantSessions implements Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  list(query: SessionQuery): Promise<SessionList> {
    return blindly(async () => {
      const own = this.#ownFilter(query);
      if (own === undefined) return { at: Date.now(), table: this.#table(0), total: 0, sessions: [] };
      const list = await this.#parts.sessions.list(own);
      return { ...list, table: this.#table(list.total) };
    }, aboutOwn);
  }

  summary(query: SummaryQuery): Promise<SessionSummary> {
    return blindly(async () => {
      const own = this.#ownFilter(query);
      if (own === undefined) return { at: Date.now(), table: this.#table(0), all: nothing, total: 0, guests: [] };
      const summary = await this.#parts.sessions.summary(own);
      return { ...summary, table: this.#table(summary.all.sessions) };
    }, aboutOwn);
  }

  kill(request: KillRequest, actor: Asker): Promise<KillAnswer> {
    const { sessions, nameOf } = this.#parts;
    return blindly(async () => {
      const { dryRun: _, ...conditions } = request;
      if (Object.values(conditions).every((value) => value === undefined))
        throw tellTenant('value-invalid', 'Which sessions shall end is not said; expected at least one condition');
      const own = this.#ownFilter(request);
      if (own === undefined) return { total: 0, guests: [], guestCount: 0, first: [], spared: 0, ended: 0 };
      return sessions.kill(own, { ...actor, who: nameOf(actor.who) });
    }, aboutOwn);
  }

  /** Undefined while the owner has no guest: nothing can fit then. */
  #ownFilter<F extends SessionFilter>(filter: F): (F & { readonly seenBy: string }) | undefined {
    const { owner } = this.#parts;
    if (filter.owner !== undefined && filter.owner !== owner)
      throw tellTenant('not-found', `there is no owner ${quoteValue(filter.owner)}`);
    if (this.#parts.own().guests.size === 0) return undefined;
    return { ...filter, owner, seenBy: owner };
  }

  /** The kernel's table is everybody's. */
  #table(count: number): SessionList['table'] {
    return { count, max: this.#parts.own().entry?.quota.sessions ?? 0 };
  }
}

const nothing: SessionSummary['all'] = {
  sessions: 0,
  protocols: {},
  states: {},
  bytesSent: 0,
  bytesReceived: 0,
  packetsSent: 0,
  packetsReceived: 0,
};
