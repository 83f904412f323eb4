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

export type WorldNode = Node<{ upright: boolean }, 'world'>;
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
export type TrafficEdge = Edge<{ rate?: Rate; bad: boolean; named: boolean; upright: boolean }, 'traffic'>;

export interface PictureParts {
  readonly status: EngineStatus;
  /** Absent: there are too many to ask for them one by one. */
  readonly leases: readonly LeaseView[] | undefined;
  readonly rates: Rates | undefined;
  /** Guests that do what they must not, and the segments where they do; undefined: nobody knows where. */
  readonly violating: ReadonlyMap<string, ReadonlySet<string | undefined>>;
  readonly isolated: ReadonlySet<string>;
  /** From top to bottom, like a tree, for narrow windows; instead of from left to right. */
  readonly upright: boolean;
}

/** Width and height of boxes in pixels, as in picture.module.css. */
export const sizes = {
  world: [120, 64],
  shared: [210, 84],
  segment: [210, 64],
  guest: [210, 44],
  crowd: [330, 64],
} as const satisfies Record<string, readonly [number, number]>;

/** From one cell of a crowd to the next. */
export const cell = 15;
export const cellsInRow = 20;

/** A box as it is to be placed. */
export type Size = readonly [width: number, height: number];

export function crowdSize(cells: number): Size {
  const [width, height] = sizes.crowd;
  return [width, height + (cells === 0 ? 0 : Math.ceil(cells / cellsInRow) * cell + 10)];
}
