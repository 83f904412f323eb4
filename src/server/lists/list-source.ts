import { AppError } from '../../errors/app-error.ts';
import type { Position } from './cursor.ts';

/** Some items of a list, in its order. */
export interface ListPart<Item> {
  readonly items: readonly Item[];
  /** Where the list goes on; absent behind its last item. */
  readonly next?: Position;
  /** What is said of the whole list, beside `items`. */
  readonly about?: object;
}

/** A list that is read part by part. */
export interface ListSource<Item> {
  /** At most `limit` items (1 or more) behind a position; from the begin without one. */
  read(after: Position | undefined, limit: number): Promise<ListPart<Item>> | ListPart<Item>;
}

/** Index of the first item behind a position. */
function indexBehind<Item>(items: readonly Item[], keyOf: (item: Item) => string, position: Position): number {
  const [key, index] = position;
  if (typeof key !== 'string' || typeof index !== 'number' || index < 0)
    throw new AppError('request-invalid', 'Query after is not the `next` of a page of this list.');
  const there = items[index];
  if (there !== undefined && keyOf(there) === key) return index + 1;
  const found = items.findIndex((item) => keyOf(item) === key);
  // What stood there is gone: its place is taken by the one behind it.
  return found < 0 ? index : found + 1;
}

/**
 * A list that is there as a whole. `keyOf` names an item for good. A position is that of an item: what is added or
 * removed between two pages moves nobody else out of the list, unless the very item between the pages goes.
 */
export function wholeList<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  about?: object,
): ListSource<Item> {
  return {
    read: (after, limit) => {
      const start = after === undefined ? 0 : indexBehind(items, keyOf, after);
      const part = items.slice(start, start + limit);
      const last = start + part.length - 1;
      return {
        items: part,
        ...(last + 1 < items.length && part.length > 0 ? { next: [keyOf(part.at(-1) as Item), last] } : {}),
        ...(about === undefined ? {} : { about }),
      };
    },
  };
}

/** A list whose pages go on at a number: an id below or behind, an offset. */
export function numberedList<Item>(
  read: (
    after: number | undefined,
    limit: number,
  ) => Promise<{ items: readonly Item[]; next?: number | undefined; about?: object }>,
): ListSource<Item> {
  return {
    read: async (after, limit) => {
      const [number] = after ?? [];
      if (number !== undefined && (typeof number !== 'number' || number < 0))
        throw new AppError('request-invalid', 'Query after is not the `next` of a page of this list.');
      const { next, ...part } = await read(number, limit);
      return next === undefined ? part : { ...part, next: [next] };
    },
  };
}
