/** First and last id, both included. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** Ids, ascending, as ranges. */
export function rangesOf(ids: Iterable<number>): IdRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const id of ids) addToRanges(ranges, id);
  return ranges;
}

/** Adds an id that is above all that are there. */
export function addToRanges(ranges: { first: number; last: number }[], id: number): void {
  const end = ranges.at(-1);
  if (end !== undefined && id === end.last + 1) end.last = id;
  else ranges.push({ first: id, last: id });
}

/** `3`, `3-7`. */
export function renderRange({ first, last }: IdRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** Reads what `renderRange` made; undefined for anything else. */
export function parseRange(text: unknown): IdRange | undefined {
  const match = typeof text === 'string' ? /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text) : null;
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last < first ? undefined : { first, last };
}

/** What of `ranges` no range of `covers` holds. */
export function uncovered(ranges: readonly IdRange[], covers: readonly IdRange[]): IdRange[] {
  const sorted = [...covers].sort((a, b) => a.first - b.first);
  const rest: IdRange[] = [];
  for (const range of ranges) {
    let from = range.first;
    for (const cover of sorted) {
      if (cover.last < from) continue;
      if (cover.first > range.last) break;
      if (cover.first > from) rest.push({ first: from, last: cover.first - 1 });
      from = cover.last + 1;
      if (from > range.last) break;
    }
    if (from <= range.last) rest.push({ first: from, last: range.last });
  }
  return rest;
}
