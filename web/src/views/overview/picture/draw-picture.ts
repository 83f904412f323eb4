import type { EngineStatus, LeaseView } from '../../../../../src/client/client.ts';
import type { Rate } from '../../../data/rates.ts';
import {
  crowdSize,
  type DrawnGuest,
  type GuestState,
  type PictureNode,
  type PictureParts,
  type Size,
  sizes,
  type TrafficEdge,
} from './picture.ts';
import { placeBoxes } from './place-boxes.ts';

/** Guests of a segment that have a box of their own; more are a crowd. */
const mostNamed = 10;
/** In all segments together whose guests could be named. */
const mostNamedInAll = 40;

export interface Drawn {
  readonly nodes: PictureNode[];
  readonly edges: TrafficEdge[];
  /** What all of it takes, in pixels at its natural size. */
  readonly size: { readonly width: number; readonly height: number };
}

/** Whether a guest does what it must not in a segment, as far as that is known. */
function violatesIn(segment: string, guest: string, { violating }: PictureParts): boolean {
  const places = violating.get(guest);
  return places !== undefined && (places.has(segment) || places.has(undefined));
}

function stateOf({ guest, segment, attached }: LeaseView, parts: PictureParts): GuestState {
  if (violatesIn(segment, guest, parts)) return 'violating';
  if (parts.isolated.has(guest)) return 'isolated';
  return attached ? 'good' : 'waiting';
}

/** A guest with several NICs in a segment stands there once. */
function guestsBySegment(parts: PictureParts): Map<string, DrawnGuest[]> {
  const seen = new Set<string>();
  const bySegment = new Map<string, DrawnGuest[]>();
  for (const lease of parts.leases ?? []) {
    const key = `${lease.segment} ${lease.guest}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const guest = {
      name: lease.guest,
      address: lease.ipv4,
      state: stateOf(lease, parts),
      ...withRate(parts.rates?.guests.get(key)),
    };
    const others = bySegment.get(lease.segment);
    if (others === undefined) bySegment.set(lease.segment, [guest]);
    else others.push(guest);
  }
  return bySegment;
}

const withRate = (rate: Rate | undefined): { rate?: Rate } => (rate === undefined ? {} : { rate });

interface Block {
  readonly segment: EngineStatus['segments'][number];
  readonly guests: readonly DrawnGuest[];
  readonly form: 'named' | 'crowd' | 'empty';
}

function blocksOf(parts: PictureParts): Block[] {
  const bySegment = guestsBySegment(parts);
  const small = [...bySegment.values()].filter(({ length }) => length <= mostNamed);
  const fits = small.reduce((sum, { length }) => sum + length, 0) <= mostNamedInAll;
  return parts.status.segments.map((segment): Block => {
    const guests = bySegment.get(segment.name) ?? [];
    if (segment.nics === 0) return { segment, guests, form: 'empty' };
    return { segment, guests, form: parts.leases && fits && guests.length <= mostNamed ? 'named' : 'crowd' };
  });
}

function boxesOf({ guests, form }: Block): Size[] {
  if (form === 'named') return guests.map(() => sizes.guest);
  return form === 'crowd' ? [crowdSize(guests.length)] : [];
}

/** Where nodes are, without anything being measured in the browser. */
function box([width, height]: Size, position: { x: number; y: number }) {
  // Without the style the library thinks that what cannot be selected or dragged has nothing to be pressed.
  return { position, width, height, style: { pointerEvents: 'all' } } as const;
}

/** What stands where: the world, the shared address, segments, guests. Pure, so that it can be tested without a browser. */
export function drawPicture(parts: PictureParts): Drawn {
  const { status, rates, upright, violating } = parts;
  const blocks = blocksOf(parts);
  const places = placeBoxes(
    blocks.map((block) => ({ guests: boxesOf(block) })),
    upright,
  );
  const edge = (source: string, target: string, rate: Rate | undefined, bad: boolean, named: boolean): TrafficEdge => ({
    id: `${source} → ${target}`,
    type: 'traffic',
    source,
    target,
    // What it says stands in the boxes at its ends.
    domAttributes: { 'aria-hidden': true },
    data: { bad, named, upright, ...withRate(rate) },
  });
  const nodes: PictureNode[] = [
    { id: 'world', type: 'world', ...box(sizes.world, places.world), data: { upright } },
    { id: 'shared', type: 'shared', ...box(sizes.shared, places.shared), data: { status, upright } },
  ];
  const edges = [edge('world', 'shared', rates?.uplink, false, true)];
  for (const [index, block] of blocks.entries()) {
    const { segment, guests, form } = block;
    const place = places.branches[index];
    if (place === undefined) continue;
    const { name, subnet, nics } = segment;
    const id = `segment ${name}`;
    const rate = rates?.segments.get(name);
    // Guests that nobody asked for one by one are known by what they do.
    const red =
      parts.leases === undefined
        ? [...violating.keys()].filter((guest) => violatesIn(name, guest, parts))
        : guests.filter(({ state }) => state === 'violating').map((guest) => guest.name);
    const bad = red.length > 0;
    nodes.push({
      id,
      type: 'segment',
      ...box(sizes.segment, place.segment),
      data: { name, subnet, nics, bad, upright, ...(upright && withRate(rate)) },
    });
    // In a tree there is no room beside the lines: the box says how much.
    edges.push(edge('shared', id, rate, bad, !upright));
    for (const [number, size] of boxesOf(block).entries()) {
      const where = box(size, place.guests[number] ?? place.segment);
      const guest = guests[number];
      if (form === 'named' && guest !== undefined) {
        const guestId = `guest ${name} ${guest.name}`;
        nodes.push({ id: guestId, type: 'guest', ...where, data: { guest, upright } });
        edges.push(edge(id, guestId, guest.rate, guest.state === 'violating', false));
      } else {
        nodes.push({ id: `crowd ${name}`, type: 'crowd', ...where, data: { nics, guests, bad: red, upright } });
        edges.push(edge(id, `crowd ${name}`, rate, bad, false));
      }
    }
  }
  return { nodes, edges, size: sizeOf(nodes) };
}

function sizeOf(nodes: readonly PictureNode[]): Drawn['size'] {
  const left = Math.min(...nodes.map(({ position }) => position.x));
  const top = Math.min(...nodes.map(({ position }) => position.y));
  return {
    width: Math.max(...nodes.map(({ position, width = 0 }) => position.x + width)) - left,
    height: Math.max(...nodes.map(({ position, height = 0 }) => position.y + height)) - top,
  };
}
