/** Changed entries that are carried along before the whole map is copied. */
const mostChanges = 256;

/**
 * An immutable map whose changed copies share what did not change. A copy of 10,000 entries for each small change is
 * what a garbage collector has most work with. Iterates in the order of insertion; a changed entry keeps its place.
 */
export class LayeredMap<Value> implements ReadonlyMap<string, Value> {
  readonly #base: ReadonlyMap<string, Value>;
  /** Newer values by key; undefined where the entry is gone. */
  readonly #changes: ReadonlyMap<string, Value | undefined>;
  readonly size: number;

  constructor(
    base: ReadonlyMap<string, Value> = new Map(),
    changes: ReadonlyMap<string, Value | undefined> = new Map(),
    size: number = base.size,
  ) {
    this.#base = base;
    this.#changes = changes;
    this.size = size;
  }

  /** The map after these changes, in order; an undefined value takes the entry away. */
  with(changes: Iterable<readonly [string, Value | undefined]>): LayeredMap<Value> {
    const all = new Map(this.#changes);
    let { size } = this;
    for (const [key, value] of changes) {
      const was = all.has(key) ? all.get(key) !== undefined : this.#base.has(key);
      size += Number(value !== undefined) - Number(was);
      all.set(key, value);
    }
    const changed = new LayeredMap(this.#base, all, size);
    return all.size > mostChanges ? new LayeredMap(new Map(changed)) : changed;
  }

  get(key: string): Value | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  has(key: string): boolean {
    return this.#changes.has(key) ? this.#changes.get(key) !== undefined : this.#base.has(key);
  }

  *entries(): MapIterator<[string, Value]> {
    for (const [key, value] of this.#base) {
      if (!this.#changes.has(key)) yield [key, value];
      else {
        const changed = this.#changes.get(key);
        if (changed !== undefined) yield [key, changed];
      }
    }
    for (const [key, value] of this.#changes) if (value !== undefined && !this.#base.has(key)) yield [key, value];
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(callback: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}
