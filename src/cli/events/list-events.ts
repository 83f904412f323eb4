import type { Client } from '../../client/client.ts';
import type { BridgekeeperEvent, EventFilter } from '../../client/events.ts';
import { assertGuest } from '../known-names.ts';
import { print, printJson, renderTable } from '../output.ts';
import { csvHeading, csvRecord, eventCells, eventHeadings, paintSeverity } from './render-events.ts';

export interface EventPrintOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly limit?: number;
}

const pageSize = 1_000;

/** Newest first, as many as are wanted, in pages. */
export async function readEvents(
  client: Client,
  filter: EventFilter,
  limit: number,
): Promise<{ events: BridgekeeperEvent[]; next?: string }> {
  const events: BridgekeeperEvent[] = [];
  for (let after: string | undefined; events.length < limit; ) {
    const page = { limit: Math.min(pageSize, limit - events.length), ...(after === undefined ? {} : { after }) };
    const answer = await client.events.list(filter, page);
    events.push(...answer.events);
    after = answer.next;
    if (after === undefined) return { events };
    if (events.length >= limit) return { events, next: after };
  }
  return { events };
}

/** Prints what there is. */
export async function listEvents(client: Client, filter: EventFilter, options: EventPrintOptions): Promise<void> {
  const limit = options.limit ?? 50;
  const { events, next } = await readEvents(client, filter, limit);
  if (events.length === 0 && limit > 0 && filter.guest !== undefined) await assertGuest(client, filter.guest);
  if (options.json) return printJson({ events, ...(next === undefined ? {} : { next }) });
  if (options.csv) return print(csvHeading(), ...events.map(csvRecord));
  if (events.length === 0) return print('No event matches.');
  const [heading = '', ...lines] = renderTable(eventHeadings, events.map(eventCells));
  print(heading, ...lines.map((line, i) => paintSeverity(events[i] as BridgekeeperEvent, line)));
  if (next !== undefined) process.stderr.write(`There are older events: raise --limit ${limit}.\n`);
}
