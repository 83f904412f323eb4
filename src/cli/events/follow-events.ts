import { once } from 'node:events';
import type { Client } from '../../client/client.ts';
import type { BridgekeeperEvent, EventFilter } from '../../client/events.ts';
import { type EventPrintOptions, readEvents } from './list-events.ts';
import { csvHeading, csvRecord, eventLine } from './render-events.ts';

/** Rendered by what was asked for; NDJSON for machines. */
function rendererOf({ json, csv }: EventPrintOptions): (event: BridgekeeperEvent) => string {
  if (json) return (event) => JSON.stringify(event);
  return csv ? csvRecord : eventLine;
}

const stateOf = ({ count, state, severity }: BridgekeeperEvent): string => `${count} ${state} ${severity}`;

/** Prints the last events and then those that come, until Ctrl-C or until nobody reads any more. */
export async function followEvents(client: Client, filter: EventFilter, options: EventPrintOptions): Promise<void> {
  const ends = new AbortController();
  const stop = (): void => ends.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.once('error', stop);
  const render = rendererOf(options);
  const write = async (line: string): Promise<void> => {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain', { signal: ends.signal });
  };
  if (options.csv) await write(csvHeading());
  // Asked for first: what comes meanwhile is told by both, and printed once.
  const newest = (await client.events.list({}, { limit: 1 })).events[0]?.id ?? 0;
  const { events } = await readEvents(client, filter, options.limit ?? 10);
  const printed = new Map(events.map((event) => [event.id, stateOf(event)]));
  for (const event of events.reverse()) await write(render(event));
  try {
    for await (const event of client.events.follow(filter, newest, ends.signal)) {
      if (printed.get(event.id) === stateOf(event)) continue;
      await write(render(event));
    }
  } catch (error) {
    if (!ends.signal.aborted) throw error;
  }
}
