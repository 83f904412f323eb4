import { isMap, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';

interface Entry {
  readonly key: Scalar.Parsed;
  readonly value: ParsedNode | null;
}

/** Keys of mappings that were looked into; a file with a hundred thousand mistakes in one mapping is read once. */
const indexes = new WeakMap<YAMLMap.Parsed, Map<string, Entry>>();

function entriesOf(map: YAMLMap.Parsed): Map<string, Entry> {
  const known = indexes.get(map);
  if (known) return known;
  const entries = new Map<string, Entry>();
  for (const { key, value } of map.items) {
    const name = String((key as Scalar.Parsed).value);
    if (!entries.has(name)) entries.set(name, { key: key as Scalar.Parsed, value });
  }
  indexes.set(map, entries);
  return entries;
}

/** Longest key of `map` that `path` goes on with at `start`; keys may themselves hold dots and brackets. */
function keyAt(map: YAMLMap.Parsed, path: string, start: number): (Entry & { end: number }) | undefined {
  const entries = entriesOf(map);
  const ends = [path.length];
  for (let at = path.length - 1; at > start; at--) if (path[at] === '.' || path[at] === '[') ends.push(at);
  for (const end of ends) {
    const found = entries.get(path.slice(start, end));
    if (found) return { ...found, end };
  }
  return undefined;
}

/**
 * Offset in the text of what `path` (`guests[2].nics[0].mac`) names: of its value, or of its key when `onKey`.
 * When the path leads to something that is not in the text, the nearest thing around it answers.
 */
export function locatePath(root: ParsedNode | null, path: string, onKey: boolean): number {
  let node = root;
  let offset = root?.range[0] ?? 0;
  let position = 0;
  while (node && position < path.length) {
    if (path[position] === '.') position += 1;
    const index = /^\[(\d+)\]/.exec(path.slice(position, position + 12));
    if (index && isSeq(node)) {
      const item = node.items[Number(index[1])] as ParsedNode | undefined;
      if (!item) break;
      node = item;
      offset = item.range[0];
      position += index[0].length;
    } else if (isMap(node)) {
      const found = keyAt(node as YAMLMap.Parsed, path, position);
      if (!found) break;
      node = found.value;
      position = found.end;
      const empty = node === null || node.range[0] === node.range[1];
      offset = empty || (onKey && position === path.length) ? found.key.range[0] : (node as ParsedNode).range[0];
    } else {
      break;
    }
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
