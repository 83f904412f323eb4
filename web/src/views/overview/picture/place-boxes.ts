import { type Size, sizes } from './picture.ts';

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A segment and what stands behind it, guest by guest or all of them in one box. */
export interface Branch {
  readonly guests: readonly Size[];
}

export interface Placed {
  readonly world: Place;
  readonly shared: Place;
  readonly branches: readonly { readonly segment: Place; readonly guests: readonly Place[] }[];
}

/** Between segments, and between guests of one. */
const gap = 26;
const guestGap = 8;
const columns = { world: 0, shared: 250, segment: 560, guest: 870 } as const;
/** How far each row of the tree is moved to the right of the one above. */
const indent = 36;

const height = ([, tall]: Size): number => tall;

function stack(boxes: readonly Size[], x: number, top: number): Place[] {
  let y = top;
  return boxes.map((box) => {
    const place = { x, y };
    y += height(box) + guestGap;
    return place;
  });
}

const stackHeight = (boxes: readonly Size[]): number =>
  boxes.reduce((sum, box) => sum + height(box), Math.max(0, boxes.length - 1) * guestGap);

function placeAcross(branches: readonly Branch[]): Placed {
  const lengths = branches.map(({ guests }) => Math.max(height(sizes.segment), stackHeight(guests)));
  const middle = lengths.reduce((sum, length) => sum + length, Math.max(0, lengths.length - 1) * gap) / 2;
  let top = 0;
  const placed = branches.map(({ guests }, index) => {
    const length = lengths[index] ?? 0;
    const centre = top + length / 2;
    top += length + gap;
    return {
      segment: { x: columns.segment, y: centre - height(sizes.segment) / 2 },
      guests: stack(guests, columns.guest, centre - stackHeight(guests) / 2),
    };
  });
  return {
    world: { x: columns.world, y: middle - height(sizes.world) / 2 },
    shared: { x: columns.shared, y: middle - height(sizes.shared) / 2 },
    branches: placed,
  };
}

function placeAsTree(branches: readonly Branch[]): Placed {
  const shared = { x: 0, y: height(sizes.world) + 2 * gap };
  let top = shared.y + height(sizes.shared) + gap;
  const placed = branches.map(({ guests }) => {
    const segment = { x: indent, y: top };
    const below = top + height(sizes.segment) + guestGap;
    top = guests.length === 0 ? below + gap - guestGap : below + stackHeight(guests) + gap;
    return { segment, guests: stack(guests, 2 * indent, below) };
  });
  return { world: { x: (sizes.shared[0] - sizes.world[0]) / 2, y: 0 }, shared, branches: placed };
}

/** Places of all boxes, by their left upper corners: from left to right, or as a tree from top to bottom. */
export function placeBoxes(branches: readonly Branch[], upright: boolean): Placed {
  return upright ? placeAsTree(branches) : placeAcross(branches);
}
