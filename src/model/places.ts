/** Offsets in the text of an entry's key and of its value. For an entry of a list both are the same. */
export interface Place {
  readonly key: number;
  readonly value: number;
}

/** Where in a text the parts of a plain value stand. Mappings and lists are known by identity. */
export class Places {
  private readonly entries = new Map<object, Map<string | number, Place>>();

  note(container: object, entry: string | number, key: number, value: number): void {
    let known = this.entries.get(container);
    if (!known) {
      known = new Map();
      this.entries.set(container, known);
    }
    // Of a key that appears twice the first is the one that was read.
    if (!known.has(entry)) known.set(entry, { key, value });
  }

  of(container: object, entry: string | number): Place | undefined {
    return this.entries.get(container)?.get(entry);
  }
}

/** Longest key of `mapping` that `path` goes on with at `start`; keys may themselves hold dots and brackets. */
function keyAt(mapping: object, path: string, start: number): string | undefined {
  const ends = [path.length];
  for (let at = path.length - 1; at > start; at--) if (path[at] === '.' || path[at] === '[') ends.push(at);
  return ends.map((end) => path.slice(start, end)).find((key) => Object.hasOwn(mapping, key));
}

/**
 * Offset of what `path` (`guests[2].nics[0].mac`) names in `value`: of the value, or of its key when `onKey`. When the
 * path leads to something that is not there, the nearest thing around it answers.
 */
export function locatePath(value: unknown, places: Places, path: string, onKey: boolean): number {
  let here = value;
  let offset = 0;
  let position = 0;
  while (typeof here === 'object' && here !== null && position < path.length) {
    if (path[position] === '.') position += 1;
    const index = /^\[(\d+)\]/.exec(path.slice(position, position + 12));
    const entry = Array.isArray(here) ? index && Number(index[1]) : keyAt(here, path, position);
    const place = entry === null || entry === undefined ? undefined : places.of(here, entry);
    if (entry === null || entry === undefined || !place) break;
    here = (here as Record<string | number, unknown>)[entry];
    position += typeof entry === 'number' ? (index?.[0].length ?? 0) : entry.length;
    offset = onKey && position === path.length ? place.key : place.value;
  }
  return offset;
}

/** Line and column, both from 1, of offsets in a text. Columns count UTF-16 units. */
export class LinePositions {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] as number) + 1 };
  }
}
