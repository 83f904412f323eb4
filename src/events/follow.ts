import type { BridgekeeperEvent } from '../model/event.ts';
import type { EventFilter, FollowedEvent } from './contract.ts';
import { fitsFilter } from './event-filter.ts';

/** Events that wait for one reader. One who is slower is sent on from the journal, which needs no memory. */
const mostWaiting = 1_000;
/** Events that are read from the journal at once. */
const pageSize = 200;

/** Where followers get their events. */
export interface FollowSource {
  listen(listener: (event: BridgekeeperEvent, position: number) => void): () => void;
  /** Events with entries after a position in the journal, in their order; `done` at its end. */
  replay(after: number, limit: number): Promise<{ events: FollowedEvent[]; position: number; done: boolean }>;
  /** Position of the newest entry of the stream. */
  position(): Promise<number>;
}

const followed = new WeakMap<BridgekeeperEvent, FollowedEvent>();

/** The same object for everybody who follows: what is made of it (its text) is made once. */
function followedOf(event: BridgekeeperEvent, position: number): FollowedEvent {
  let known = followed.get(event);
  if (known === undefined || known.position !== position) {
    known = { ...event, position };
    followed.set(event, known);
  }
  return known;
}

/** Events as they come; first, those after a position. Ends with `signal`. */
export async function* follow(
  source: FollowSource,
  filter: EventFilter,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<FollowedEvent> {
  let waiting: FollowedEvent[] = [];
  let missed = false;
  let wake: () => void = () => undefined;
  const stop = source.listen((event, position) => {
    if (!fitsFilter(event, filter)) return;
    // After one that was missed nothing may come before it: the journal has them all.
    if (!missed && waiting.length < mostWaiting) waiting.push(followedOf(event, position));
    else missed = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  const head = await source.position();
  // A position of another journal, such as one that was put back from a backup, would hide all that comes until then.
  // What came while that was read is told still: who comes back behind it must not miss it.
  const begin = Math.min(head, (waiting[0]?.position ?? head + 1) - 1);
  let position = Math.min(after ?? begin, head);
  let behind = after !== undefined;
  try {
    while (!signal.aborted) {
      if (behind) {
        const page = await source.replay(position, pageSize);
        for (const followed of page.events) {
          if (signal.aborted) return;
          if (fitsFilter(followed, filter)) yield followed;
        }
        position = page.position;
        behind = !page.done;
        // What came meanwhile was read from the journal; what was only counted since is told within a second again.
        if (page.done) waiting = waiting.filter((followed) => followed.position > position);
        continue;
      }
      const next = waiting.shift();
      if (next !== undefined) {
        position = Math.max(position, next.position);
        yield next.position === position ? next : { ...next, position };
        continue;
      }
      if (missed) {
        behind = true;
        missed = false;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}
