import { useRef } from 'react';

/** What was counted at one time (ms since the epoch), by key. */
interface Counted {
  readonly at: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly rates: ReadonlyMap<string, number>;
}

/**
 * Bytes a second by key, from what was counted at one look and the next. A key that was not there before has no rate
 * yet, and one that counts less than before began anew.
 */
export function useSessionRates<Item>(
  at: number | undefined,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  countOf: (item: Item) => number,
): ReadonlyMap<string, number> {
  const last = useRef<Counted>({ at: 0, counts: new Map(), rates: new Map() });
  if (at === undefined || at === last.current.at) return last.current.rates;
  const seconds = (at - last.current.at) / 1000;
  const counts = new Map<string, number>();
  const rates = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    const count = countOf(item);
    const before = last.current.counts.get(key);
    counts.set(key, count);
    if (before !== undefined && count >= before && seconds > 0) rates.set(key, (count - before) / seconds);
  }
  last.current = { at, counts, rates };
  return rates;
}
