import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Registry } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import { type Episode, entryOfEpisode } from './episode.ts';

/** Entries of one transaction: they hold the event loop for some milliseconds. */
const chunkSize = 128;
/** Milliseconds from one transaction to the next while there is less to write than that. */
const pause = 50;
/** Milliseconds until it is tried again after a failure. */
const retryAfter = [250, 1_000, 2_000, 5_000, 10_000];

export interface WriterParts {
  readonly registry: Pick<Registry, 'noteAll'>;
  readonly clock: Clock;
  /** These are in the journal; the entry of the first one has the id `first`, the others follow. */
  readonly onWritten: (episodes: readonly Episode[], first: number) => void;
  /** These could not be written; they stay in the queue. */
  readonly onFailure: (error: unknown, episodes: readonly Episode[]) => void;
}

/** Writes episodes into the journal, in the order in which they came, many in one transaction. */
export class EventWriter {
  readonly #parts: WriterParts;
  #queue: Episode[] = [];
  #tickets = 0;
  #writing: Promise<void> | undefined;
  /** Ticket of the first that is being written. */
  #firstInHand = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastBegun = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #closed = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Episodes that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Puts an episode into the queue; it is written as it stands when its turn comes. */
  add(episode: Episode): void {
    if (episode.ticket > 0) return;
    episode.ticket = ++this.#tickets;
    this.#queue.push(episode);
    this.#later();
  }

  /** Resolves when everything that is in the queue now is in the journal; rejects as soon as a transaction fails. */
  async flush(): Promise<void> {
    const upTo = this.#tickets;
    while (this.#firstUnwritten <= upTo) {
      await this.#write();
      await nextTurn();
    }
  }

  /** Takes out of the queue what begins or goes on with these. */
  drop(which: (episode: Episode) => boolean): void {
    this.#queue = this.#queue.filter((episode) => !which(episode));
  }

  get #firstUnwritten(): number {
    return this.#writing === undefined ? (this.#queue[0]?.ticket ?? Number.POSITIVE_INFINITY) : this.#firstInHand;
  }

  /** Nothing is written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing?.catch(() => undefined);
  }

  #later(): void {
    if (this.#timer !== undefined || this.#writing !== undefined || this.#closed || this.#queue.length === 0) return;
    const since = this.#parts.clock.monotonic() - this.#lastBegun;
    const wait = this.failing
      ? (retryAfter[Math.min(this.#failures, retryAfter.length) - 1] as number)
      : this.#queue.length >= chunkSize
        ? 0
        : Math.max(0, pause - since);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Told by `onFailure`, and tried again.
      this.#write().catch(() => undefined);
    }, wait);
    this.#timer.unref();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeChunk().finally(() => {
      this.#writing = undefined;
      this.#later();
    });
    return this.#writing;
  }

  async #writeChunk(): Promise<void> {
    this.#lastBegun = this.#parts.clock.monotonic();
    const chunk = this.#queue.splice(0, chunkSize);
    const tickets = chunk.map(({ ticket }) => ticket);
    this.#firstInHand = tickets[0] ?? 0;
    for (const episode of chunk) episode.ticket = 0;
    const now = this.#parts.clock.now();
    const fresh = chunk.filter(isNews);
    const snapshots = fresh.map(({ id, count, state, severity }) => ({
      count,
      state: id === undefined && state === 'over' ? ('lasting' as const) : state,
      severity,
    }));
    if (fresh.length === 0) return;
    let first: number;
    try {
      first = await this.#parts.registry.noteAll(fresh.map((episode) => entryOfEpisode(episode, now)));
    } catch (error) {
      this.#putBack(chunk, tickets);
      this.#failures++;
      this.#parts.onFailure(error, fresh);
      throw error;
    }
    this.#failures = 0;
    for (const [index, episode] of fresh.entries()) {
      episode.id ??= first + index;
      episode.written = snapshots[index];
    }
    this.#parts.onWritten(fresh, first);
    // What was over before it was written: its end comes next, before whoever waits is answered.
    const ends = chunk.flatMap((episode, i) => (episode.ended && isNews(episode) ? [{ episode, i }] : []));
    if (ends.length === 0) return;
    this.#putBack(
      ends.map(({ episode }) => episode),
      ends.map(({ i }) => tickets[i] as number),
    );
  }

  #putBack(chunk: readonly Episode[], tickets: readonly number[]): void {
    const back = new Set(chunk);
    for (const [index, episode] of chunk.entries()) episode.ticket = tickets[index] as number;
    this.#queue = [...chunk, ...this.#queue.filter((episode) => !back.has(episode))];
  }
}

/** False for one that is in the journal as it stands. */
function isNews({ written, count, state, severity }: Episode): boolean {
  return written === undefined || written.count !== count || written.state !== state || written.severity !== severity;
}
