import { isAppError } from '../errors/app-error.ts';
import type { BridgekeeperEvent, EventFilter } from '../reconciler/events/contract.ts';
import { type PageOptions, requestPage, requestText } from './request.ts';
import type { Transport } from './transport.ts';

export type { BridgekeeperEvent, EventFilter };

export interface EventPage {
  /** Newest first. */
  readonly events: readonly BridgekeeperEvent[];
  /** `after` of the page that follows; absent on the last one. */
  readonly next?: string;
}

/** `client.events`: what was noticed. Every method rejects with an AppError. */
export interface EventsClient {
  /** Newest first. */
  list(filter?: EventFilter, page?: PageOptions): Promise<EventPage>;
  /**
   * Events as they come; first, those that came after the id `after` (0 is all). Ends with `signal`. A daemon that is
   * started again is followed on where the connection was cut: some events may come twice, none is left out.
   */
  follow(filter?: EventFilter, after?: number, signal?: AbortSignal): AsyncGenerator<BridgekeeperEvent>;
}

/** Milliseconds until it is tried again to reach a daemon that was there before. */
const retryAfter = 1_000;

function queryOf({ kinds = [], atLeast, ...rest }: EventFilter, more: object): string {
  const query = new URLSearchParams(kinds.map((kind): [string, string] => ['kind', kind]));
  for (const [name, value] of Object.entries({ severity: atLeast, ...rest, ...more }))
    if (value !== undefined) query.append(name, String(value));
  return query.toString();
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, retryAfter);
    signal.addEventListener('abort', end);
  });
}

interface Frame {
  readonly id?: string;
  readonly data?: string;
}

/** Frames of Server-Sent Events (WHATWG HTML, 9.2.6), as far as the daemon writes them. */
async function* framesOf(pieces: AsyncIterable<string>): AsyncGenerator<Frame> {
  let rest = '';
  for await (const piece of pieces) {
    const frames = (rest + piece).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = frame.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line));
      yield Object.fromEntries(fields.flatMap((field) => (field ? [[field[1], field[2]]] : [])));
    }
  }
}

async function* follow(
  transport: Transport,
  filter: EventFilter,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<BridgekeeperEvent> {
  let position = after;
  for (let reached = false; !signal.aborted; ) {
    try {
      const pieces = requestText(transport, `/v1/events/stream?${queryOf(filter, { after: position })}`, signal);
      for await (const { id, data } of framesOf(pieces)) {
        reached = true;
        if (data === undefined) continue;
        yield JSON.parse(data) as BridgekeeperEvent;
        if (id !== undefined) position = Number(id);
      }
    } catch (error) {
      if (signal.aborted) return;
      // One that was there comes back; one that never was is a mistake.
      if (!reached || !isAppError(error) || error.code !== 'daemon-unreachable') throw error;
    }
    await pause(signal);
  }
}

export function eventsClient(transport: Transport): EventsClient {
  return {
    list: async (filter = {}, page = {}) => {
      const path = `/v1/events?${queryOf(filter, page)}`;
      const { items, ...rest } = await requestPage<BridgekeeperEvent>(transport, path);
      return { events: items, ...rest };
    },
    follow: (filter = {}, after, signal = new AbortController().signal) => follow(transport, filter, after, signal),
  };
}
