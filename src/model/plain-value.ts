import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { Places } from './places.ts';
import { quoteValue } from './quote-value.ts';
import type { PlacedMistake } from './read-document.ts';

/** Values that aliases may add to the file when they are written out. */
const mostAdded = 100_000;

interface Anchored {
  readonly value: unknown;
  /** Values inside, with aliases written out. */
  readonly size: number;
}

class PlainReader {
  private readonly anchors = new Map<string, Anchored>();
  private readonly mistakes: PlacedMistake[];
  private readonly places: Places;
  /** An alias could not be followed, so the value is not what was meant. */
  broken = false;
  private added = 0;
  /** Values read so far, with aliases written out. */
  private size = 0;

  constructor(mistakes: PlacedMistake[], places: Places) {
    this.mistakes = mistakes;
    this.places = places;
  }

  read(node: ParsedNode | null): unknown {
    if (node === null) return null;
    const before = this.size++;
    if (isAlias(node)) return this.alias(node.source, node.range[0]);
    if (node.tag !== undefined) {
      const tag = quoteValue(node.tag.replace(/^tag:yaml\.org,2002:/, '!!'));
      this.refuse(node.range[0], `tag ${tag} is not accepted; values of a site file have no tags`);
    }
    const value = this.content(node);
    if (node.anchor) this.anchors.set(node.anchor, { value, size: this.size - before });
    return value;
  }

  private content(node: ParsedNode): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return this.list(node.items as ParsedNode[]);
    return isMap(node) ? this.map(node as YAMLMap.Parsed) : null;
  }

  private list(items: readonly ParsedNode[]): unknown[] {
    const list: unknown[] = [];
    items.forEach((item, i) => {
      list.push(this.read(item));
      this.places.note(list, i, item.range[0], item.range[0]);
    });
    return list;
  }

  private map(node: YAMLMap.Parsed): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const name = String((key as Scalar).value);
      const known = Object.hasOwn(object, name);
      if (known) {
        this.refuse(key.range[0], `key ${quoteValue(name)} appears twice in one mapping`, quoteValue(name));
      } else if (name === '__proto__') {
        this.refuse(key.range[0], `unknown key ${quoteValue(name)}`, quoteValue(name));
        continue;
      }
      const read = this.read(value);
      if (known) continue;
      object[name] = read;
      // An empty value has no place of its own.
      const empty = value === null || value.range[0] === value.range[1];
      this.places.note(object, name, key.range[0], empty ? key.range[0] : value.range[0]);
    }
    return object;
  }

  private alias(name: string, offset: number): unknown {
    const anchored = this.anchors.get(name);
    if (!anchored) {
      this.broken = true;
      this.refuse(offset, `alias ${quoteValue(`*${name}`)} names no anchor that was finished before it`);
      return null;
    }
    this.size += anchored.size - 1;
    this.added += anchored.size;
    if (this.added > mostAdded) {
      if (!this.broken) this.refuse(offset, `aliases add more than ${mostAdded} values to the file`);
      this.broken = true;
      return null;
    }
    return anchored.value;
  }

  private refuse(offset: number, message: string, seen?: string): void {
    this.mistakes.push({ offset, message, ...(seen === undefined ? {} : { seen }) });
  }
}

/**
 * The value of a YAML tree as plain objects and lists. Aliased parts are one shared object. Keys that appear twice
 * and tags are noted in `mistakes`, where everything stands in `places`; undefined when an alias leads nowhere.
 */
export function plainValue(root: ParsedNode | null, mistakes: PlacedMistake[], places: Places): unknown {
  const reader = new PlainReader(mistakes, places);
  const value = reader.read(root);
  return reader.broken ? undefined : value;
}
