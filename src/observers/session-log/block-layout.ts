import { End } from '../../model/session-record.ts';

/**
 * A block's sessions are not kept as four ends but as what they mostly are: our side (`own`), the other side (`peer`),
 * what our side looks like from there (`outer`), and the fourth end (`far`), which is the peer but for a session that
 * is translated on both sides. One bit tells which of the two ways round; so any four ends can be kept.
 */
export interface Roles {
  readonly own: number;
  readonly peer: number;
  readonly outer: number;
  readonly far: number;
}

/** A session that our side began. */
export const outward: Roles = {
  own: End.originalSource,
  peer: End.originalDestination,
  outer: End.replyDestination,
  far: End.replySource,
};

/** A session that the other side began. */
export const inward: Roles = {
  own: End.replySource,
  peer: End.originalSource,
  outer: End.originalDestination,
  far: End.replyDestination,
};

/** What a session's four ends have in common, as bits of a kind's `shape`. */
export const Shape = {
  inward: 1,
  ipv6: 2,
  /** Our side has another address, another port as seen from there (`outer`). */
  outerAddress: 4,
  outerPort: 8,
  /** The fourth end has another address, another port than the peer. */
  farAddress: 16,
  farPort: 32,
  /** The port of the service is not kept in the kind: it stands in a column of its own. */
  otherPort: 64,
} as const;

/**
 * What is the same in many sessions of a block, kept once. The service is the port that the session was opened to
 * (original destination).
 */
export interface Kind {
  readonly shape: number;
  readonly protocol: number;
  readonly flags: number;
  readonly service: number;
}

/** Our side of sessions: they stand together in a block. A guest's mark and zone hardly ever change. */
export interface Own {
  readonly address: Uint8Array;
  readonly mark: number;
  readonly zone: number;
  /** Lowest translated port of its outward sessions: their ports are kept as distances from it. */
  readonly lowestPort: number;
  readonly count: number;
}

/** Columns in their order in a block; each can be read without those that it does not build on. */
export const columns = [
  'kinds',
  'starts',
  'durations',
  'sourcePorts',
  'services',
  'outerPorts',
  'farPorts',
  'peers',
  'outers',
  'fars',
  'packetsOut',
  'packetsBack',
  'octetsOut',
  'octetsBack',
] as const;

/** Tables of one column at most: kinds that are rare share table 0. */
export const mostContexts = 24;
const fewestOfContext = 192;

/** Context of every kind, of how often each occurs; kinds are in the order of that. */
export function contextsOfKinds(counts: Uint32Array): Uint8Array {
  return Uint8Array.from(counts, (count, kind) => (kind + 1 < mostContexts && count >= fewestOfContext ? kind + 1 : 0));
}

/** Classes of packet counts, as context of what goes with them: two to a power of two. */
export function sizeClass(packets: number): number {
  if (packets < 4) return packets;
  const bits = 31 - Math.clz32(packets);
  return Math.min(mostContexts - 1, bits * 2 + ((packets >>> (bits - 1)) & 1));
}

/** How a peer is told: one that stands here and nowhere else in the block, the one before, or one of the table. */
export const PeerCode = { here: 0, before: 1, table: 2 } as const;
