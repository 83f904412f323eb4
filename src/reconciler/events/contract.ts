import type { EventFilter, EventPage, FollowedEvent } from '../../events/contract.ts';
import type { BridgekeeperEvent } from '../../model/event.ts';

export type { BridgekeeperEvent, EventFilter, EventPage, FollowedEvent };

/** What was noticed. Every method rejects with an AppError. */
export interface Events {
  /** Newest first. */
  list(filter: EventFilter, page: { readonly limit: number; readonly before?: number }): Promise<EventPage>;
  /** Events as they come; first, those that came after the position `after`. Ends with `signal`. */
  follow(filter: EventFilter, after: number | undefined, signal: AbortSignal): AsyncIterable<FollowedEvent>;
  /** For who only counts: calls back as `EventStream.listen` does, and answers what ends it. */
  listen(listener: (event: BridgekeeperEvent) => void): () => void;
  /** Those that go on, newest first; from memory. */
  lasting(): readonly BridgekeeperEvent[];
}
