import type { BridgekeeperEvent } from '../../../src/client/events.ts';
import { client } from './client.ts';

/** Milliseconds between two tellings at most: a thousand events a second are ten batches, not a thousand renderings. */
const batchEvery = 100;
/** Milliseconds until following is tried again after a failure. */
const retryAfter = 3_000;
/** Events that one batch holds at most; of more, the newest. */
const mostInBatch = 2_000;

type Listener = (events: readonly BridgekeeperEvent[]) => void;

const listeners = new Set<Listener>();
let waiting: BridgekeeperEvent[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let following: AbortController | undefined;

function tell(): void {
  timer = undefined;
  const events = waiting;
  waiting = [];
  for (const listener of listeners) listener(events);
}

function take(event: BridgekeeperEvent): void {
  waiting.push(event);
  if (waiting.length > mostInBatch) waiting.splice(0, waiting.length - mostInBatch);
  if (timer === undefined) timer = setTimeout(tell, batchEvery);
}

async function follow(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of client.events.follow({}, undefined, signal)) take(event);
    } catch {
      // Whatever it was, the views' own queries show it; the stream is tried again.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, retryAfter));
  }
}

/** One stream for the whole page, and none for a page that is hidden: browsers open only six connections to a host. */
function startOrStop(): void {
  const wanted = listeners.size > 0 && document.visibilityState === 'visible';
  if (wanted && following === undefined) {
    following = new AbortController();
    void follow(following.signal);
  } else if (!wanted && following !== undefined) {
    following.abort();
    following = undefined;
  }
}

document.addEventListener('visibilitychange', startOrStop);

/** Calls back with what was noticed, in batches, until the answered function is called. */
export function listenToEvents(listener: Listener): () => void {
  listeners.add(listener);
  startOrStop();
  return () => {
    listeners.delete(listener);
    startOrStop();
  };
}
