import { FreeMapLeaf, leafSpan } from './free-map-leaf.ts';

const fanOut = 64;

/** Children of one node of the tree. One without an object is wholly free (`taken` is 0) or wholly taken. */
interface Branch {
  /** How many indices each child spans. */
  readonly span: number;
  /** How many of them are taken. */
  readonly taken: Float64Array;
  readonly children: (Branch | FreeMapLeaf | undefined)[];
}

function newBranch(span: number, taken: number): Branch {
  return { span, taken: new Float64Array(fanOut).fill(taken), children: new Array(fanOut).fill(undefined) };
}

/**
 * Which of the indices 0 to size - 1 are taken. A tree with counts over bitmaps: every method takes O(log size) time
 * however full the map is. Runs that are wholly free or wholly taken cost no memory; the rest at most a bit per index
 * and 3 %. An index outside of the map is a mistake of the caller: it counts as taken and is never given.
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
    this.#root = newBranch(span, 0);
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
      if (child instanceof FreeMapLeaf) return child.has(offset);
      node = child;
    }
  }

  /** Whether it was free. */
  take(index: number): boolean {
    if (this.has(index)) return false;
    this.#taken++;
    this.#count(index, 1);
    return true;
  }

  /** Whether it was taken. */
  give(index: number): boolean {
    if (!(index >= 0 && index < this.size) || !this.has(index)) return false;
    this.#taken--;
    this.#count(index, -1);
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
      if (child instanceof FreeMapLeaf) return start + child.nthFree(rest);
      node = child;
    }
  }

  /** Takes (+1) a free index or gives (-1) a taken one. */
  #count(index: number, step: 1 | -1): void {
    let node = this.#root;
    let offset = index;
    for (;;) {
      const { span, taken, children } = node;
      const slot = Math.floor(offset / span);
      const before = taken[slot] as number;
      const after = before + step;
      taken[slot] = after;
      if (after === 0 || after === span) {
        children[slot] = undefined;
        return;
      }
      offset -= slot * span;
      let child = children[slot];
      if (child === undefined) {
        child =
          span === leafSpan ? new FreeMapLeaf(before > 0) : newBranch(span / fanOut, before > 0 ? span / fanOut : 0);
        children[slot] = child;
      }
      if (child instanceof FreeMapLeaf) {
        if (step === 1) child.take(offset);
        else child.give(offset);
        return;
      }
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
      const child = newBranch(span / fanOut, 0);
      node.children[slot] = child;
      node = child;
    }
  }
}

function lowestIn(node: Branch, from: number): number {
  const { span, taken, children } = node;
  const begin = Math.floor(from / span);
  for (let slot = begin; slot < fanOut; slot++) {
    if (taken[slot] === span) continue;
    const start = slot * span;
    const offset = slot === begin ? from - start : 0;
    const child = children[slot];
    if (child === undefined) return start + offset;
    const found = child instanceof FreeMapLeaf ? child.lowestFree(offset) : lowestIn(child, offset);
    if (found >= 0) return start + found;
  }
  return -1;
}
