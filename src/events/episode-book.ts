import { type EventKind, eventKey, type Observation } from '../model/event.ts';
import type { Clock } from '../system/clock.ts';
import { boundObservation } from './bound-observation.ts';
import { type Episode, isWorse, nextNote } from './episode.ts';

/** Milliseconds in which the same, happening again, is the same event. */
export const foldFor = 60_000;
/** Milliseconds that an event of an earlier daemon goes on without being seen again. */
export const carryFor = 5 * 60_000;
/** Segments by which different events are told apart when there are too many. */
const mostFolded = 500;

/** What the book needs to know. */
export interface BookParts {
  readonly clock: Clock;
  /** Events that happen once, and events that last, that are kept in mind. */
  readonly most: number;
  /** Whether one more event can be told by itself; asked once for each. */
  readonly room: () => boolean;
  /** Nothing is added to it any more. */
  readonly onEnd: (episode: Episode) => void;
}

/**
 * Makes one event of the same thing again and again. In memory only, and bounded: `most` events that last, `most` that
 * happen once, and what is folded by kind and segment when there are more.
 */
export class EpisodeBook {
  readonly #parts: BookParts;
  readonly #lasting = new Map<string, Episode>();
  /** The one that was longest not seen comes first. */
  readonly #once = new Map<string, Episode>();
  readonly #changed = new Set<Episode>();
  readonly #folded = new Set<string>();
  /** Observations that were counted together with others for want of room. */
  folded = 0;

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  /** Those that go on, in the order in which they began. */
  lasting(): IterableIterator<Episode> {
    return this.#lasting.values();
  }

  /** How many are kept in mind. */
  get size(): number {
    return this.#lasting.size + this.#once.size;
  }

  /** Takes in what was seen; answers what the journal shall hear. */
  take(raw: Observation): Episode[] {
    const { clock } = this.#parts;
    const observation = boundObservation(raw, clock.now());
    const key = eventKey(observation);
    const since = clock.monotonic();
    let known = this.#lasting.get(key) ?? this.#once.get(key);
    const toWrite: Episode[] = [];
    if (known !== undefined && since - known.seenSince >= known.quietFor) {
      toWrite.push(...this.#end(known));
      known = undefined;
    }
    if (observation.lasts === 'over') {
      // The end of what was never seen to begin is no news.
      if (known?.state === 'lasting') {
        known.last = Math.max(known.last, observation.last);
        known.ending = observation.text;
        toWrite.push(...this.#end(known));
      }
    } else if (known !== undefined) toWrite.push(...this.#add(known, observation, since));
    else toWrite.push(...this.#begin(key, observation, since));
    return toWrite;
  }

  /** What is over by now or is to be noted again, and what grew since this was asked last. */
  sweep(): { toWrite: Episode[]; changed: Episode[] } {
    const since = this.#parts.clock.monotonic();
    const toWrite: Episode[] = [];
    for (const episode of this.#once.values()) {
      if (since - episode.seenSince < episode.quietFor) break;
      toWrite.push(...this.#end(episode));
    }
    for (const episode of this.#lasting.values()) {
      if (since - episode.seenSince >= episode.quietFor) toWrite.push(...this.#end(episode));
      else if (this.#isDue(episode, since)) toWrite.push(episode);
    }
    const written = new Set(toWrite);
    const changed = [...this.#changed].filter((episode) => !written.has(episode));
    this.#changed.clear();
    return { toWrite, changed };
  }

  /** Goes on with an event of an earlier daemon, until it is not seen for a while. False when it began anew already. */
  carry(episode: Episode): boolean {
    if (this.#lasting.has(episode.key) || this.#lasting.size >= this.#parts.most) return false;
    episode.quietFor = carryFor;
    this.#lasting.set(episode.key, episode);
    return true;
  }

  /** Those whose count the journal does not know. */
  unwritten(): Episode[] {
    return [...this.#once.values(), ...this.#lasting.values()].filter(({ count, written }) => count !== written?.count);
  }

  /** Forgets events about an owner, without a word of it. */
  forget(owner: string): void {
    for (const episodes of [this.#once, this.#lasting])
      for (const episode of episodes.values()) if (episode.first.subject.owner === owner) this.#end(episode);
  }

  #isDue(episode: Episode, since: number): boolean {
    if (since - episode.begunSince < nextNote(episode)) return false;
    while (since - episode.begunSince >= nextNote(episode)) episode.notes++;
    return episode.count !== episode.written?.count;
  }

  #add(episode: Episode, observation: Observation & { last: number; count: number }, since: number): Episode[] {
    episode.count += observation.count;
    episode.last = Math.max(episode.last, observation.last);
    episode.latest = observation;
    episode.seenSince = since;
    this.#changed.add(episode);
    const worse = isWorse(observation.severity, episode.severity);
    if (worse) episode.severity = observation.severity;
    const lasts = quietFor(observation);
    if (lasts === undefined) {
      if (episode.state === 'once') {
        this.#once.delete(episode.key);
        this.#once.set(episode.key, episode);
      } else if (episode.quietFor === carryFor) episode.quietFor = foldFor;
    } else {
      episode.quietFor = lasts;
      if (episode.state === 'once') {
        episode.state = 'lasting';
        this.#once.delete(episode.key);
        this.#lasting.set(episode.key, episode);
        return [episode];
      }
    }
    return worse || this.#isDue(episode, since) ? [episode] : [];
  }

  #begin(key: string, observation: Observation & { last: number; count: number }, since: number): Episode[] {
    const lasts = quietFor(observation);
    const full = lasts !== undefined && this.#lasting.size >= this.#parts.most;
    if (full || !this.#parts.room()) return this.#fold(observation, since);
    return this.#open(key, observation, since);
  }

  #open(key: string, observation: Observation & { last: number; count: number }, since: number): Episode[] {
    const lasts = quietFor(observation);
    const episode: Episode = {
      key,
      first: observation,
      latest: observation,
      severity: observation.severity,
      // What is told again for a daemon that knows nothing of it counts for nothing where it is known.
      count: Math.max(1, observation.count),
      last: observation.last,
      state: lasts === undefined ? 'once' : 'lasting',
      id: undefined,
      begunSince: since,
      seenSince: since,
      quietFor: lasts ?? foldFor,
      notes: 0,
      ended: false,
      ending: undefined,
      written: undefined,
      told: 0,
      ticket: 0,
    };
    if (lasts !== undefined) {
      this.#lasting.set(key, episode);
      return [episode];
    }
    this.#once.set(key, episode);
    // What happened once is in the journal, or on its way there: it is forgotten early without loss.
    const [oldest] = this.#once.size > this.#parts.most ? this.#once.values() : [];
    return oldest === undefined ? [episode] : [...this.#end(oldest), episode];
  }

  /** Counts together what there is no room for. */
  #fold(observation: Observation & { last: number; count: number }, since: number): Episode[] {
    this.folded += observation.count;
    const { kind, severity, at, last, count } = observation;
    let { segment } = observation.subject;
    let key = foldedKey(kind, segment);
    if (segment !== undefined && !this.#folded.has(key) && this.#folded.size >= mostFolded) {
      segment = undefined;
      key = foldedKey(kind, segment);
    }
    const together = {
      kind,
      severity,
      subject: segment === undefined ? {} : { segment },
      detail: 'folded',
      text: `more different events of kind "${kind}"${segment === undefined ? '' : ` in segment "${segment}"`} come than can be told one by one: they are counted together`,
      seen: observation.text,
      at,
      last,
      count,
      lasts: { quietAfter: foldFor },
    };
    this.#folded.add(key);
    const known = this.#lasting.get(key);
    return known === undefined ? this.#open(key, together, since) : this.#add(known, together, since);
  }

  /** Takes it out of the book; answers it if the journal does not know how it ended. */
  #end(episode: Episode): Episode[] {
    this.#lasting.delete(episode.key);
    this.#once.delete(episode.key);
    this.#folded.delete(episode.key);
    this.#changed.delete(episode);
    episode.ended = true;
    this.#parts.onEnd(episode);
    if (episode.state === 'lasting') episode.state = 'over';
    else if (episode.written !== undefined && episode.count === episode.written.count) return [];
    return [episode];
  }
}

/** Milliseconds without more of it after which what lasts is over; undefined for what does not last. */
function quietFor({ lasts }: Observation): number | undefined {
  if (lasts === 'begins') return Number.POSITIVE_INFINITY;
  if (typeof lasts === 'object') return Number.isFinite(lasts.quietAfter) ? Math.max(0, lasts.quietAfter) : foldFor;
  return undefined;
}

const foldedKey = (kind: EventKind, segment: string | undefined): string => JSON.stringify(['folded', kind, segment]);
