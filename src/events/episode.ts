import { type BridgekeeperEvent, type Observation, type Severity, severities } from '../model/event.ts';
import type { JournalInput } from '../registry/journal/journal.ts';
import { itself } from '../registry/journal/journal.ts';

/** One event while more of the same may follow. Times named `…Since` are of the clock that never goes back. */
export interface Episode {
  readonly key: string;
  /** What it was begun with, and what was said of it last. */
  readonly first: Observation;
  latest: Observation;
  severity: Severity;
  count: number;
  last: number;
  state: BridgekeeperEvent['state'];
  /** Its id, once it is in the journal. */
  id: number | undefined;
  readonly begunSince: number;
  seenSince: number;
  /** Milliseconds without more of it after which it is over. */
  quietFor: number;
  /** How many notes that it goes on were made. */
  notes: number;
  /** Nothing can be added any more. */
  ended: boolean;
  /** The sentence of whoever said that it is over. */
  ending: string | undefined;
  /** What the journal knows of it. */
  written: Pick<Episode, 'count' | 'state' | 'severity'> | undefined;
  /** Count that listeners know of. */
  told: number;
  /** Place in the queue of those to be written; 0 when it is not there. */
  ticket: number;
}

/** Milliseconds after its begin that it is noted that an event goes on; then each hour. */
const noteAfter = [60_000, 600_000, 3_600_000];
const hour = 3_600_000;

/** When the next note is due, counted from the begin. */
export function nextNote({ notes }: Pick<Episode, 'notes'>): number {
  return noteAfter[notes] ?? hour * (notes - noteAfter.length + 2);
}

export const isWorse = (severity: Severity, than: Severity): boolean =>
  severities.indexOf(severity) > severities.indexOf(than);

/** The event as it stands; `id` 0 while it is not in the journal. */
export function eventOfEpisode(episode: Episode): BridgekeeperEvent {
  const { first, latest, severity, count, last, state, id } = episode;
  const { kind, subject, detail, at, who, from } = first;
  const { text, seen, expected, done } = latest;
  return {
    id: id ?? 0,
    at,
    last,
    kind,
    severity,
    subject,
    ...(detail === undefined ? {} : { detail }),
    text,
    ...(seen === undefined ? {} : { seen }),
    ...(expected === undefined ? {} : { expected }),
    ...(done === undefined ? {} : { done }),
    count,
    state,
    ...(who === undefined ? {} : { who }),
    ...(from === undefined ? {} : { from }),
  };
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** The sentence of an entry that says how an event went on. */
function tellProgress({ first, latest, count, last, state, ending }: Episode): string {
  if (ending !== undefined) return ending;
  const since = `since ${new Date(first.at).toISOString()}`;
  if (state === 'lasting') return `${latest.text} (${times(count)} ${since})`;
  const ended = `(${times(count)} ${since}, the last at ${new Date(last).toISOString()})`;
  return state === 'over' ? `it is over that ${latest.text} ${ended}` : `${latest.text} ${ended}`;
}

/**
 * The entry of the journal for what is new of an episode: `{ event: … }` for what begins, `{ of: … }` for what goes on.
 * src/registry/journal/event-entries.ts finds them by these beginnings.
 */
export function entryOfEpisode(episode: Episode, now: number): JournalInput {
  const { first, latest, severity, count, last, state, id } = episode;
  const { kind, subject, at, who = itself.who, from = itself.from } = first;
  const owners = subject.owner === undefined ? {} : { owners: [subject.owner] };
  if (id === undefined) {
    const { detail } = first;
    const { text, seen, expected, done } = latest;
    // What is over already has its end told by an entry of its own.
    const begun = state === 'over' ? 'lasting' : state;
    const event = { severity, subject, detail, seen, expected, done, state: begun, count, last };
    return { kind, text, at, actor: { who, from }, after: { event }, ...owners };
  }
  const changed = (name: 'text' | 'seen' | 'expected' | 'done'): string | undefined =>
    latest[name] === first[name] ? undefined : latest[name];
  const after = {
    of: id,
    state,
    count,
    last,
    severity: severity === first.severity ? undefined : severity,
    text: changed('text'),
    seen: changed('seen'),
    expected: changed('expected'),
    done: changed('done'),
  };
  return { kind, text: tellProgress(episode), at: now, actor: itself, after, ...owners };
}
