import type { BridgekeeperEvent, EventKind, EventSubject, Observation, Severity } from '../model/event.ts';
import type { Reading } from '../model/reading.ts';

/** Where observers put what they notice. Costs no I/O, never throws, bounded in memory however much comes. */
export interface ObservationSink {
  publish(observation: Observation): void;
}

/** Where observers put measured values. Never throws. */
export interface ReadingSink {
  read(reading: Reading): void;
}

/** Conditions that are absent let everything through. */
export interface EventFilter {
  readonly kinds?: readonly EventKind[];
  readonly atLeast?: Severity;
  readonly guest?: string;
  readonly owner?: string;
  readonly segment?: string;
  readonly port?: string;
  /** Only those that go on. */
  readonly lasting?: boolean;
  /** Those that began at this time or later, and before that one (ms since the epoch). */
  readonly since?: number;
  readonly until?: number;
}

export interface EventPage {
  /** Newest first. */
  readonly events: readonly BridgekeeperEvent[];
  /** Id to go on below; absent at the end. */
  readonly next?: number;
}

/** An event, and where the journal told it: following goes on after `position`, also after a restart. */
export interface FollowedEvent extends BridgekeeperEvent {
  readonly position: number;
}

/**
 * Everything that was noticed, in one stream. The same thing again is the same event with a higher count: it is written
 * into the journal when it begins, when it goes on (after a minute, ten, sixty, then each hour) and when it is over.
 * More different things at once than there is room for (`most`) are folded by kind and segment. What was published is
 * in the journal within a second, in the order in which it was published, unless the process is killed before.
 */
export interface EventStream extends ObservationSink {
  /** From the journal, with counts as of now. `limit` 1..1000. */
  list(filter: EventFilter, page: { readonly limit: number; readonly before?: number }): Promise<EventPage>;
  /** Those that go on, newest first; from memory. */
  lasting(): readonly BridgekeeperEvent[];
  /**
   * Calls back for each event as soon as it is in the journal: when it begins, at most once a second while its count
   * grows, and when it is over. While the journal cannot be written it calls back all the same, with id 0. Answers what
   * ends it. A listener that throws is logged and goes on.
   */
  listen(listener: (event: BridgekeeperEvent, position: number) => void): () => void;
  /**
   * The same with what came after the position `after` first, from the journal. Some may come twice, none is left out;
   * a reader who is slow costs no memory. Ends with `signal`.
   */
  follow(filter: EventFilter, after: number | undefined, signal: AbortSignal): AsyncIterable<FollowedEvent>;
  /** Does not speak any more of events about an owner who was erased; what is still seen begins anew. */
  forget(owner: string): void;
  /** Everything that was published so far is in the journal. */
  flush(): Promise<void>;
  /** Counts since the start, for the metrics. */
  readonly counts: ReadonlyMap<EventKind, number>;
  close(): Promise<void>;
}

/** Whom a device, an address or a name belongs to, so that an observer can say it. */
export interface SubjectFinder {
  byPort(port: string): EventSubject;
  byMac(mac: string): EventSubject;
  byAddress(address: string): EventSubject;
  byGuest(guest: string): EventSubject;
}

/** One source of events or readings. `close` ends it and waits for what is under way. */
export interface Observer {
  start(): void | Promise<void>;
  close(): Promise<void>;
}
