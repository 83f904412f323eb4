import type { SharedPortKind, SharedPortRange } from '../../../../src/client/shared-ports.ts';
import { mixPixels, type Pixel } from '../../parts/pixels.ts';

/** Ports of one protocol, or of both. */
export type Side = 'both' | 'tcp' | 'udp';

/** How the map draws a port; blocks in two colours by turns, so that it shows where one ends. */
export const portColours = ['free', 'forward', 'same-address', 'block', 'block-next', 'listening', 'host'] as const;
export type PortColour = (typeof portColours)[number];

/** The first of these that fits is what a port is shown as. */
export const kindsByRank: readonly SharedPortKind[] = ['forward', 'same-address', 'block', 'listening', 'host'];

export const portSpace = 65_536;

/** What each port is, by the number of its range plus one; 0 is free. */
export function indexPorts(ranges: readonly SharedPortRange[], side: Side): Uint32Array {
  const found = new Uint32Array(portSpace);
  for (const kind of [...kindsByRank].reverse()) {
    for (const [place, range] of ranges.entries()) {
      if (range.kind !== kind || (side !== 'both' && range.protocol !== undefined && range.protocol !== side)) continue;
      found.fill(place + 1, range.first, range.last + 1);
    }
  }
  return found;
}

/** Blocks by turns, in the order of their ports. */
function blockTurns(ranges: readonly SharedPortRange[]): ReadonlyMap<SharedPortRange, boolean> {
  const blocks = ranges.filter(({ kind }) => kind === 'block').sort((a, b) => a.first - b.first);
  return new Map(blocks.map((block, place) => [block, place % 2 === 1]));
}

/** A colour for each port. With a guest, the ports of all others fade. */
export function paintPorts(
  ranges: readonly SharedPortRange[],
  index: Uint32Array,
  colours: Readonly<Record<PortColour, Pixel>>,
  guest: string | undefined,
): Uint32Array {
  const turns = blockTurns(ranges);
  const ofRange = ranges.map((range): Pixel => {
    const colour = colours[range.kind === 'block' && turns.get(range) ? 'block-next' : range.kind];
    const whole = range.closing ? mixPixels(colour, colours.free, 0.5) : colour;
    return guest === undefined || range.guest === guest ? whole : mixPixels(whole, colours.free, 0.82);
  });
  const painted = new Uint32Array(portSpace);
  for (let port = 0; port < portSpace; port++) {
    const place = index[port] as number;
    painted[port] = place === 0 ? colours.free : (ofRange[place - 1] as Pixel);
  }
  return painted;
}
