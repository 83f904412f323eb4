import { FreeMapFew } from './free-map-few.ts';
import { FreeMapLeaf, leafSpan } from './free-map-leaf.ts';

const fanOut = 64;

type Child = Branch | FreeMapLeaf | FreeMapFew;

/** 64 children of equal span. One without an object is wholly free (`taken` is 0) or wholly taken. */
class Branch {
  /** How many indices each child spans. */
  readonly span: number;
  /** How many of them are taken. */
  readonly taken: Float64Array;
  readonly children: (Child | undefined)[];

  constructor(span: number, taken: number) {
    this.span = span;
    this.taken = new Float64Array(fanOut).fill(taken);
    this.children = new Array(fanOut).fill(undefined);
  }

  /** The child in the slot, which is neither wholly free nor wholly taken once it has changed; made when it is not there. */
  childToChange(slot: number, before: number, step: 1 | -1): Child {
    const child = this.children[slot];
    if (child === undefined) {
      const few = new FreeMapFew(before > 0);
      this.children[slot] = few;
      return few;
    }
    if (!(child instanceof FreeMapFew) || child.fits(step)) return child;
    const part = newPart(this.span, child.isFull);
    for (const index of child.exceptions) change(part, index, child.isFull ? -1 : 1);
    this.children[slot] = part;
    return part;
  }
}

function newPart(span: number, full: boolean): Branch | FreeMapLeaf {
  if (span === leafSpan) return new FreeMapLeaf(full);
  return new Branch(span / fanOut, full ? span / fanOut : 0);
}

function change(part: Child, index: number, step: 1 | -1): void {
  if (part instanceof Branch) count(part, index, step);
  else if (step === 1) part.take(index);
  else part.give(index);
}

/** Takes (+1) a free index or gives (-1) a taken one. */
function count(root: Branch, index: number, step: 1 | -1): void {
  let node = root;
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
    const child = node.childToChange(slot, before, step);
    if (!(child instanceof Branch)) {
      change(child, offset, step);
      return;
    }
    node = child;
  }
}

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

function lowestIn(node: Branch, from: number): number {
  const { span, taken, children } = node;
  const begin = Math.floor(from / span);
  for (let slot = begin; slot < fanOut; slot++) {
    if (taken[slot] === span) continue;
    const start = slot * span;
    const offset = slot === begin ? from - start : 0;
    const child = children[slot];
    if (child === undefined) return start + offset;
    const found = child instanceof Branch ? lowestIn(child, offset) : child.lowestFree(offset);
    if (found >= 0 && found < span) return start + found;
  }
  return -1;
}
