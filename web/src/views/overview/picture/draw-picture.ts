import type { Edge, Node } from '@xyflow/react';
import type { EngineStatus, LeaseView } from '../../../../../src/client/client.ts';
import type { Rate, Rates } from '../../../data/rates.ts';

/** How a guest is: red, waiting for its port, cut off by somebody, well. */
export type GuestState = 'violating' | 'isolated' | 'waiting' | 'good';

export interface DrawnGuest {
  readonly name: string;
  readonly address: string;
  readonly state: GuestState;
  readonly rate?: Rate;
}

export type WorldNode = Node<{ rate?: Rate; upright: boolean }, 'world'>;
export type SharedNode = Node<{ status: EngineStatus; upright: boolean }, 'shared'>;
export type SegmentNode = Node<
  { name: string; subnet: string; nics: number; rate?: Rate; bad: boolean; upright: boolean },
  'segment'
>;
export type GuestNode = Node<{ guest: DrawnGuest; upright: boolean }, 'guest'>;
/** Guests of a segment in one: a cell each, or only how many when nobody knows them one by one. */
export type CrowdNode = Node<
  { nics: number; guests: readonly DrawnGuest[]; bad: readonly string[]; upright: boolean },
  'crowd'
>;
export type PictureNode = WorldNode | SharedNode | SegmentNode | GuestNode | CrowdNode;
export type TrafficEdge = Edge<{ rate?: Rate; bad: boolean; named: boolean }, 'traffic'>;

export interface PictureParts {
  readonly status: EngineStatus;
  /** Absent: there are too many to ask for them one by one. */
  readonly leases: readonly LeaseView[] | undefined;
  readonly rates: Rates | undefined;
  /** Names of guests that do what they must not. */
  readonly violating: ReadonlySet<string>;
  readonly isolated: ReadonlySet<string>;
  /** From top to bottom, for narrow windows, instead of from left to right. */
  readonly upright: boolean;
}

/** Guests of a segment that have a node of their own; more are a crowd. */
const mostNamed = 10;
/** In all segments together whose guests could be named. */
const mostNamedInAll = 40;
const columns = { world: 0, shared: 250, segment: 560, guest: 870 } as const;
const rows = { world: 0, shared: 130, segment: 290, guest: 400 } as const;
export const sizes = {
  world: [120, 64],
  shared: [210, 84],
  segment: [210, 64],
  guest: [210, 44],
  crowd: [330, 64],
} as const;
export const cell = 15;
const gap = 26;
const cellsInRow = 20;

export function crowdHeight(cells: number): number {
  return sizes.crowd[1] + (cells === 0 ? 0 : Math.ceil(cells / cellsInRow) * cell + 10);
}

function stateOf({ guest, attached }: LeaseView, { violating, isolated }: PictureParts): GuestState {
  if (violating.has(guest)) return 'violating';
  if (isolated.has(guest)) return 'isolated';
  return attached ? 'good' : 'waiting';
}

function guestsBySegment(parts: PictureParts): Map<string, DrawnGuest[]> {
  const bySegment = new Map<string, DrawnGuest[]>();
  const seen = new Set<string>();
  for (const lease of parts.leases ?? []) {
    const key = `${lease.segment} ${lease.guest}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const rate = parts.rates?.guests.get(key);
    const drawn = {
      name: lease.guest,
      address: lease.ipv4,
      state: stateOf(lease, parts),
      ...(rate !== undefined && { rate }),
    };
    const others = bySegment.get(lease.segment);
    if (others === undefined) bySegment.set(lease.segment, [drawn]);
    else others.push(drawn);
  }
  return bySegment;
}

export interface Drawn {
  readonly nodes: PictureNode[];
  readonly edges: TrafficEdge[];
  /** What all of it takes, in pixels at its natural size. */
  readonly size: { readonly width: number; readonly height: number };
}

interface Block {
  readonly segment: EngineStatus['segments'][number];
  readonly guests: readonly DrawnGuest[];
  readonly named: boolean;
  /** Along the side that segments stand on. */
  readonly length: number;
}

/** What stands where: the world, the shared address, segments, guests. Pure, so that it can be tested without a browser. */
export function drawPicture(parts: PictureParts): Drawn {
  const { status, rates, upright, violating } = parts;
  const bySegment = guestsBySegment(parts);
  const small = [...bySegment.values()].filter(({ length }) => length <= mostNamed);
  const inAll = small.reduce((sum, { length }) => sum + length, 0);
  const blocks = status.segments.map((segment): Block => {
    const guests = bySegment.get(segment.name) ?? [];
    const named = parts.leases !== undefined && guests.length <= mostNamed && inAll <= mostNamedInAll;
    const deep = named ? guests.length * (sizes.guest[1] + 8) - 8 : crowdHeight(guests.length);
    const across = Math.max(sizes.segment[0], named ? sizes.guest[0] : sizes.crowd[0]);
    return { segment, guests, named, length: upright ? across : Math.max(sizes.segment[1], deep) };
  });
  const whole = blocks.reduce((sum, { length }) => sum + length, Math.max(0, blocks.length - 1) * gap);
  const middle = whole / 2;
  const at = (column: keyof typeof columns, along: number, [width, height]: readonly [number, number]) =>
    upright ? { x: along - width / 2, y: rows[column] } : { x: columns[column], y: along - height / 2 };
  const nodes: PictureNode[] = [
    {
      id: 'world',
      type: 'world',
      position: at('world', middle, sizes.world),
      data: { upright, ...(rates?.uplink !== undefined && { rate: rates.uplink }) },
    },
    { id: 'shared', type: 'shared', position: at('shared', middle, sizes.shared), data: { status, upright } },
  ];
  const edges: TrafficEdge[] = [edge('world', 'shared', rates?.uplink, false, true)];
  let along = 0;
  for (const { segment, guests, named, length } of blocks) {
    const id = `segment ${segment.name}`;
    const centre = along + length / 2;
    const rate = rates?.segments.get(segment.name);
    const bad = guests.filter(({ state }) => state === 'violating').map(({ name }) => name);
    const data = { name: segment.name, subnet: segment.subnet, nics: segment.nics, bad: bad.length > 0, upright };
    nodes.push({
      id,
      type: 'segment',
      position: at('segment', centre, sizes.segment),
      data: { ...data, ...(rate !== undefined && { rate }) },
    });
    edges.push(edge('shared', id, rate, bad.length > 0, true));
    if (named) {
      guests.forEach((guest, index) => {
        const guestId = `guest ${segment.name} ${guest.name}`;
        const deep = index * (sizes.guest[1] + 8);
        const inColumn = centre - (guests.length * (sizes.guest[1] + 8) - 8) / 2 + deep;
        const position = upright
          ? { x: centre - sizes.guest[0] / 2, y: rows.guest + deep }
          : { x: columns.guest, y: inColumn };
        nodes.push({ id: guestId, type: 'guest', position, data: { guest, upright } });
        // From top to bottom guests stand under each other like a list: one edge leads to it.
        if (!upright) edges.push(edge(id, guestId, guest.rate, guest.state === 'violating', false));
        else if (index === 0) edges.push(edge(id, guestId, rate, bad.length > 0, false));
      });
    } else if (segment.nics > 0) {
      const crowdId = `crowd ${segment.name}`;
      const height = crowdHeight(guests.length);
      // Of a crowd whose guests nobody asked for, the red ones are named all the same, at the first segment that may be theirs.
      const named = parts.leases === undefined ? [...violating] : bad;
      nodes.push({
        id: crowdId,
        type: 'crowd',
        position: at('guest', centre, [sizes.crowd[0], height]),
        data: { nics: segment.nics, guests, bad: named, upright },
      });
      edges.push(edge(id, crowdId, rate, bad.length > 0, false));
    }
    along += length + gap;
  }
  const measured = nodes.map((node): PictureNode => {
    const [width, height] = measuresOf(node);
    // Without the style the library thinks that what cannot be selected or dragged has nothing to be pressed.
    return { ...node, width, height, style: { pointerEvents: 'all' } };
  });
  return { nodes: measured, edges, size: sizeOf(measured) };
}

function measuresOf({ type, data }: PictureNode): readonly [width: number, height: number] {
  return type === 'crowd' ? [sizes.crowd[0], crowdHeight(data.guests.length)] : sizes[type];
}

function sizeOf(nodes: readonly PictureNode[]): Drawn['size'] {
  const ends = nodes.map(({ position: { x, y }, width = 0, height = 0 }) => ({
    left: x,
    top: y,
    right: x + width,
    bottom: y + height,
  }));
  return {
    width: Math.max(...ends.map(({ right }) => right)) - Math.min(...ends.map(({ left }) => left)),
    height: Math.max(...ends.map(({ bottom }) => bottom)) - Math.min(...ends.map(({ top }) => top)),
  };
}

function edge(source: string, target: string, rate: Rate | undefined, bad: boolean, named: boolean): TrafficEdge {
  return {
    id: `${source} → ${target}`,
    type: 'traffic',
    source,
    target,
    // What it says stands in the boxes at its ends.
    domAttributes: { 'aria-hidden': true },
    data: { bad, named, ...(rate !== undefined && { rate }) },
  };
}
