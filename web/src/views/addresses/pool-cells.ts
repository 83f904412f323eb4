import type { PoolMap } from '../../../../src/client/macs.ts';
import { mixPixels, type Pixel } from '../../parts/pixels.ts';

export const poolColours = ['free', 'held', 'held-few', 'quarantined', 'reserved', 'carved'] as const;
export type PoolColour = (typeof poolColours)[number];

/** Addresses that are shown one by one when a cell is so small that its neighbours fit as well. */
const window = 1024;

/** What is in one cell. */
export interface Cell {
  readonly first: number;
  /** Addresses; the last cell of a part may have fewer. */
  readonly size: number;
  readonly held: number;
  readonly quarantined: number;
  readonly reserved: number;
  readonly carved: number;
}

/** Addresses of a cell when a part of so many is cut into `cells` at most: as the daemon does it. */
export const cellSizeOf = (addresses: number, cells: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(1, addresses / cells)));

export const macToNumber = (mac: string): number => Number.parseInt(mac.replaceAll(':', ''), 16);

export function numberToMac(value: number): string {
  return value
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:');
}

export function cellOf(map: PoolMap, index: number): Cell {
  const first = macToNumber(map.first) + index * map.cell;
  return {
    first,
    size: Math.min(map.cell, macToNumber(map.last) - first + 1),
    held: map.held[index] ?? 0,
    quarantined: map.quarantined[index] ?? 0,
    reserved: map.reserved[index] ?? 0,
    carved: map.carved[index] ?? 0,
  };
}

/**
 * A colour for each cell: what cannot be drawn in its own colour, over it how much is held. One address of thousands
 * must still be seen, so the first ones count most.
 */
export function paintPool(map: PoolMap, colours: Readonly<Record<PoolColour, Pixel>>): Uint32Array {
  return Uint32Array.from(map.held, (_, index) => {
    const { size, held, quarantined, reserved, carved } = cellOf(map, index);
    const used = held + quarantined;
    if (used > 0) {
      const full = mixPixels(colours['held-few'], colours.held, Math.sqrt(used / size));
      return mixPixels(full, colours.quarantined, quarantined / used);
    }
    if (carved * 2 >= size) return colours.carved;
    if (reserved * 2 >= size) return colours.reserved;
    return colours.free;
  });
}

/** The part that a cell is looked at by: the cell itself, or a window of single addresses around it. */
export function partOf(
  map: PoolMap,
  index: number,
  whole: { readonly first: number; readonly last: number },
): [number, number] {
  const { first, size } = cellOf(map, index);
  if (size >= window) return [first, first + size - 1];
  const start = Math.max(whole.first, first - (first % window));
  return [start, Math.min(whole.last, start + window - 1)];
}
