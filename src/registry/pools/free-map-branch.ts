import { FreeMapFew } from './free-map-few.ts';
import { FreeMapLeaf, leafSpan } from './free-map-leaf.ts';

export const fanOut = 64;

/** A part of the tree that is neither wholly free nor wholly taken. */
type Child = Branch | FreeMapLeaf | FreeMapFew;

/** 64 children of equal span. One without an object is wholly free (`taken` is 0) or wholly taken. */
export class Branch {
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
export function count(root: Branch, index: number, step: 1 | -1): void {
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

/** The lowest free index that is not below `from`; -1 when there is none. */
export function lowestIn(node: Branch, from: number): number {
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
