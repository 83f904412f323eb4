import { setImmediate } from 'node:timers/promises';
import type { Position } from './cursor.ts';
import type { ListSource } from './list-source.ts';

/** One line of JSON per item; as many tools know it. */
export const linesType = 'application/x-ndjson';

/** Items that are in memory at a time. */
const mostAtOnce = 1_000;

/** All of a list behind a position, or `limit` items of it, a line each: memory holds one part at a time. */
export async function* listLines<Item>(
  source: ListSource<Item>,
  options: { after: Position | undefined; limit: number | undefined; show: (item: Item) => unknown },
): AsyncGenerator<string> {
  let { after, limit: left = Number.POSITIVE_INFINITY } = options;
  do {
    const part = await source.read(after, Math.min(left, mostAtOnce));
    left -= part.items.length;
    yield part.items.map((item) => `${JSON.stringify(options.show(item))}\n`).join('');
    // Reading and writing a part may never wait: without this nobody else would be answered before the last one.
    await setImmediate();
    after = part.next;
  } while (after !== undefined && left > 0);
}
