import { isAppError } from '../errors/app-error.ts';
import { type BridgekeeperEvent, type EventKind, eventKey, type Observation } from '../model/event.ts';
import type { AuditEntry } from '../registry/journal/audit-trail.ts';
import type { Registry } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import type { EventFilter, EventPage, EventStream, FollowedEvent } from './contract.ts';
import { type Episode, eventOfEpisode } from './episode.ts';
import { EpisodeBook } from './episode-book.ts';
import { fitsFilter, queryOfFilter } from './event-filter.ts';
import { EventWriter } from './event-writer.ts';
import { follow } from './follow.ts';
import { eventIdOf, eventOfEntry } from './read-entries.ts';

export interface EventStreamParts {
  readonly registry: Pick<Registry, 'noteAll' | 'audit'>;
  readonly clock: Clock;
  readonly log: { error(details: object, text: string): void };
  /** Events that last, and others, that are kept in mind: 10,000 of each unless given. */
  readonly most?: number;
  /** Events that may wait for the journal: 16,384 unless given. */
  readonly mostWaiting?: number;
  /** New events that are told one by one, at once and each second for good: 500,000 and 50 unless given. */
  readonly allowance?: { readonly burst: number; readonly perSecond: number };
}

/** A stream that must be started. */
export interface StartedStream extends EventStream {
  /** Goes on with what lasted when the last daemon ended. What is published before is not lost. */
  start(): Promise<void>;
  /** What a second does: ends what is quiet, tells what grew. For tests with a clock of their own. */
  tick(): void;
}

const defaults = { most: 10_000, mostWaiting: 16_384, allowance: { burst: 500_000, perSecond: 50 } };
/** Entries that are looked through at once for those that fit a filter. */
const pageSize = 200;

/** The stream in front of the journal of a registry. */
export function createEventStream(parts: EventStreamParts): StartedStream {
  return new JournalledEvents(parts);
}

class JournalledEvents implements StartedStream {
  readonly counts = new Map<EventKind, number>();
  readonly #parts: EventStreamParts;
  readonly #book: EpisodeBook;
  readonly #writer: EventWriter;
  readonly #listeners = new Set<(event: BridgekeeperEvent, position: number) => void>();
  /** Those in the journal to which more may be added. */
  readonly #live = new Map<number, Episode>();
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #allowance: { left: number; since: number };
  /** Id of the newest entry that was written here. */
  #position = 0;
  #failing = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    this.#allowance = {
      left: (parts.allowance ?? defaults.allowance).burst,
      since: parts.clock.monotonic(),
    };
    this.#book = new EpisodeBook({
      clock: parts.clock,
      most: parts.most ?? defaults.most,
      room: () => this.#hasRoom(),
      onEnd: ({ id }) => id !== undefined && this.#live.delete(id),
    });
    this.#writer = new EventWriter({
      registry: parts.registry,
      clock: parts.clock,
      onWritten: (episodes, first) => this.#onWritten(episodes, first),
      onFailure: (error, episodes) => this.#onFailure(error, episodes),
    });
    this.#timer = setInterval(() => this.tick(), 1000);
    this.#timer.unref();
  }

  async start(): Promise<void> {
    const { events } = this.#parts.registry.audit;
    const begun = await events.begunLasting(this.#parts.most ?? defaults.most);
    const latest = await events.latestOf(begun.map(({ id }) => id));
    // The oldest first, so that they are kept in their order.
    for (const entry of begun.reverse()) {
      const event = eventOfEntry(entry, latest.get(entry.id));
      if (event?.state !== 'lasting') continue;
      const episode = this.#episodeOf(event, entry);
      if (this.#book.carry(episode)) this.#live.set(event.id, episode);
    }
  }

  publish(observation: Observation): void {
    try {
      const { kind, count = 1 } = observation;
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + (Number.isFinite(count) ? count : 1));
      for (const episode of this.#book.take(observation)) this.#write(episode);
    } catch (error) {
      // Whoever notices something must not fail by telling it.
      this.#parts.log.error({ error, kind: observation?.kind }, 'an observation could not be taken in');
    }
  }

  tick(): void {
    const { toWrite, changed } = this.#book.sweep();
    for (const episode of toWrite) this.#write(episode);
    for (const episode of changed) if (episode.count !== episode.told) this.#tell(episode, this.#position);
  }

  listen(listener: (event: BridgekeeperEvent, position: number) => void): () => void {
    // Each call is one of its own, also of the same function.
    const own = (event: BridgekeeperEvent, position: number): void => listener(event, position);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  lasting(): readonly BridgekeeperEvent[] {
    const events = Array.from(this.#book.lasting(), eventOfEpisode);
    return events.filter(({ id }) => id > 0 || this.#failing).sort((a, b) => b.id - a.id);
  }

  async list(
    filter: EventFilter,
    { limit, before }: { readonly limit: number; readonly before?: number },
  ): Promise<EventPage> {
    if (filter.lasting === true) return this.#listLasting(filter, limit, before);
    const events: BridgekeeperEvent[] = [];
    for (let below = before; ; ) {
      const size = Math.max(pageSize, limit + 1);
      const page = { limit: size, ...(below === undefined ? {} : { below }) };
      const begun = await this.#parts.registry.audit.events.begun(queryOfFilter(filter), page);
      for (const event of await this.#asOfNow(begun)) if (fitsFilter(event, filter)) events.push(event);
      if (events.length > limit) return pageOf(events, limit);
      if (begun.length < size) return { events };
      below = begun.at(-1)?.id;
    }
  }

  async *follow(filter: EventFilter, after: number | undefined, signal: AbortSignal): AsyncGenerator<FollowedEvent> {
    const source = {
      listen: (listener: (event: BridgekeeperEvent, position: number) => void) =>
        // One without a place in the journal comes again when it has one.
        this.listen((event, position) => event.id > 0 && listener(event, position)),
      replay: (position: number, limit: number) => this.#replay(position, limit),
      position: () => this.#parts.registry.audit.events.head(),
    };
    yield* follow(source, filter, after, AbortSignal.any([signal, this.#ending.signal]));
  }

  forget(owner: string): void {
    this.#book.forget(owner);
    this.#writer.drop(({ first }) => first.subject.owner === owner);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.tick();
    for (const episode of this.#book.unwritten()) this.#write(episode);
    await this.#writer.flush().catch((error: unknown) => {
      const lost = this.#writer.waiting;
      this.#parts.log.error({ error, lost }, 'the journal cannot be written: events are lost');
    });
    this.#ending.abort();
    await this.#writer.close();
    this.#listeners.clear();
  }

  /** More wait than can be written in a second, or more different ones come for good than a disk has room for. */
  #hasRoom(): boolean {
    const { burst, perSecond } = this.#parts.allowance ?? defaults.allowance;
    const now = this.#parts.clock.monotonic();
    const { left, since } = this.#allowance;
    const allowed = Math.min(burst, left + ((now - since) / 1000) * perSecond);
    const room = allowed >= 1 && this.#writer.waiting < (this.#parts.mostWaiting ?? defaults.mostWaiting);
    this.#allowance = { left: room ? allowed - 1 : allowed, since: now };
    return room;
  }

  #write(episode: Episode): void {
    const fresh = episode.ticket === 0;
    this.#writer.add(episode);
    if (this.#failing && fresh) this.#tell(episode, this.#position);
  }

  #onWritten(episodes: readonly Episode[], first: number): void {
    if (this.#failing) {
      this.#failing = false;
      this.publish({
        ...journalTrouble,
        at: this.#parts.clock.now(),
        text: 'the journal is written again',
        lasts: 'over',
      });
    }
    for (const [index, episode] of episodes.entries()) {
      const id = episode.id as number;
      this.#position = first + index;
      if (episode.ended) this.#live.delete(id);
      else this.#live.set(id, episode);
      this.#tell(episode, this.#position, episode.written?.state);
    }
  }

  #onFailure(error: unknown, episodes: readonly Episode[]): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#parts.log.error({ error }, 'the journal cannot be written: events wait');
    const why = isAppError(error) ? error.message : String(error);
    for (const episode of episodes) this.#tell(episode, this.#position);
    this.publish({
      ...journalTrouble,
      at: this.#parts.clock.now(),
      text: `the journal cannot be written, events wait: ${why}`,
      lasts: 'begins',
    });
  }

  #tell(episode: Episode, position: number, state = episode.state): void {
    // One that waits for its place in the journal is told when it has it.
    if (episode.id === undefined && !this.#failing) return;
    episode.told = episode.count;
    if (this.#listeners.size === 0) return;
    const event = { ...eventOfEpisode(episode), state };
    for (const listener of this.#listeners) {
      try {
        listener(event, position);
      } catch (error) {
        this.#parts.log.error({ error, event: event.id }, 'a listener of events failed');
      }
    }
  }

  /** Events of entries, with counts as of now. What lasts without our knowing ended when it was last seen. */
  async #asOfNow(begun: readonly AuditEntry[]): Promise<BridgekeeperEvent[]> {
    const ids = begun.map(({ id }) => id).filter((id) => !this.#live.has(id));
    const latest = await this.#parts.registry.audit.events.latestOf(ids);
    return begun.flatMap((entry) => {
      const event = eventOfEntry(entry, latest.get(entry.id));
      if (event === undefined) return [];
      const live = this.#live.get(entry.id);
      if (live !== undefined) return [{ ...eventOfEpisode(live), id: entry.id }];
      return [event.state === 'lasting' ? { ...event, state: 'over' as const } : event];
    });
  }

  async #listLasting(filter: EventFilter, limit: number, before = Number.POSITIVE_INFINITY): Promise<EventPage> {
    const fitting = this.lasting().filter((event) => event.id < before && fitsFilter(event, filter));
    return fitting.length > limit ? pageOf(fitting, limit) : { events: fitting };
  }

  async #replay(after: number, limit: number): Promise<{ events: FollowedEvent[]; position: number; done: boolean }> {
    const { events } = this.#parts.registry.audit;
    const entries = await events.after(after, limit);
    const begun = await events.byId([...new Set(entries.flatMap((entry) => eventIdOf(entry) ?? []))]);
    const followed = entries.flatMap((entry) => {
      const of = eventIdOf(entry);
      const first = of === undefined ? entry : begun.get(of);
      const event = first && eventOfEntry(first, of === undefined ? undefined : entry);
      return event === undefined ? [] : [{ ...event, position: entry.id }];
    });
    return { events: followed, position: entries.at(-1)?.id ?? after, done: entries.length < limit };
  }

  #episodeOf(event: BridgekeeperEvent, entry: AuditEntry): Episode {
    const { id, kind, severity, subject, detail, seen, expected, done, count, last } = event;
    const first: Observation = {
      kind,
      severity,
      subject,
      ...(detail === undefined ? {} : { detail }),
      text: entry.text,
      ...(seen === undefined ? {} : { seen }),
      ...(expected === undefined ? {} : { expected }),
      ...(done === undefined ? {} : { done }),
      at: event.at,
      ...(event.who === undefined ? {} : { who: event.who }),
      ...(event.from === undefined ? {} : { from: event.from }),
    };
    const since = this.#parts.clock.monotonic();
    return {
      key: eventKey(event),
      first,
      latest: first,
      severity,
      count,
      last,
      state: 'lasting',
      id,
      // The notes of what lasts go on hourly.
      begunSince: since,
      seenSince: since,
      quietFor: 0,
      notes: 0,
      ended: false,
      ending: undefined,
      written: { count, state: 'lasting', severity },
      told: count,
      ticket: 0,
    };
  }
}

const journalTrouble = {
  kind: 'service',
  severity: 'critical',
  subject: { service: 'journal' },
} as const satisfies Partial<Observation>;

/** The first `limit` of more events than that. */
function pageOf(events: readonly BridgekeeperEvent[], limit: number): EventPage {
  const shown = events.slice(0, limit);
  return { events: shown, next: shown.at(-1)?.id as number };
}
