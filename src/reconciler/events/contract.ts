import type { EventFilter, EventPage } from '../../events/contract.ts';
import type { BridgekeeperEvent } from '../../model/event.ts';

export type { BridgekeeperEvent, EventFilter, EventPage };

/** What was noticed. Every method rejects with an AppError. */
export interface Events {
  /** Newest first. */
  list(filter: EventFilter, page: { readonly limit: number; readonly before?: number }): Promise<EventPage>;
  /** Events as they come, after those that came after id `after`. Ends with `signal`. */
  follow(filter: EventFilter, after: number | undefined, signal: AbortSignal): AsyncIterable<BridgekeeperEvent>;
}
