import { Branch, count, fanOut, lowestIn } from './free-map-branch.ts';
import { FreeMapLeaf, leafSpan } from './free-map-leaf.ts';

/**
 * Which of the indices 0 to size - 1 are taken. A tree with counts over bitmaps: every method takes O(log size) time
 * however full the map is. Runs that are wholly free or wholly taken cost no memory, lonely exceptions a few
 * bytes, the rest a bit per index and 3 %. An index outside of the map is a mistake of the caller: it counts as taken and is never given.
 */
export class FreeMap {
  /** Up to 2^40. */
  readonly size: number;
  readonly #root: Branch;
  #taken = 0;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 0 || size > 2 ** 40) throw new RangeError(`a free map has no size ${size}`);
    this.size = size;
    let span = leafSpan;
    while (span * fanOut < size) span *= fanOut;
    this.#root = new Branch(span, 0);
    this.#takeFrom(size);
  }

  get taken(): number {
    return this.#taken;
  }

  get free(): number {
    return this.size - this.#taken;
  }

  has(index: number): boolean {
    let node = this.#root;
    let offset = index;
    if (!(index >= 0 && index < this.size)) return true;
    for (;;) {
      const slot = Math.floor(offset / node.span);
      const child = node.children[slot];
      if (child === undefined) return node.taken[slot] !== 0;
      offset -= slot * node.span;
      if (!(child instanceof Branch)) return child.has(offset);
      node = child;
    }
  }

  /** Whether it was free. */
  take(index: number): boolean {
    if (this.has(index)) return false;
    this.#taken++;
    count(this.#root, index, 1);
    return true;
  }

  /** Whether it was taken. */
  give(index: number): boolean {
    if (!(index >= 0 && index < this.size) || !this.has(index)) return false;
    this.#taken--;
    count(this.#root, index, -1);
    return true;
  }

  /** The lowest free index that is not below `from`; -1 when there is none. */
  lowestFree(from = 0): number {
    return from >= this.size ? -1 : lowestIn(this.#root, Math.max(0, from));
  }

  /** The nth free index, counted from 0; -1 when there are not so many. */
  nthFree(nth: number): number {
    if (!(nth >= 0 && nth < this.free)) return -1;
    let node = this.#root;
    let rest = nth;
    let start = 0;
    for (;;) {
      const { span, taken, children } = node;
      let slot = 0;
      for (let free = span - (taken[0] as number); rest >= free; free = span - (taken[slot] as number)) {
        rest -= free;
        slot++;
      }
      start += slot * span;
      const child = children[slot];
      if (child === undefined) return start + rest;
      if (!(child instanceof Branch)) return start + child.nthFree(rest);
      node = child;
    }
  }

  /** The tree is rounder than the size: what lies behind the end is taken for ever. */
  #takeFrom(end: number): void {
    let node = this.#root;
    let offset = end;
    for (;;) {
      const { span } = node;
      const slot = Math.floor(offset / span);
      node.taken.fill(span, slot + 1);
      offset -= slot * span;
      if (slot >= fanOut) return;
      node.taken[slot] = span - offset;
      if (offset === 0) return;
      if (span === leafSpan) {
        const leaf = new FreeMapLeaf(false);
        for (let index = offset; index < leafSpan; index++) leaf.take(index);
        node.children[slot] = leaf;
        return;
      }
      const child = new Branch(span / fanOut, 0);
      node.children[slot] = child;
      node = child;
    }
  }
}
