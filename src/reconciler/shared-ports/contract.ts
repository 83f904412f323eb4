/**
 * What a port of the shared address is for. `forward`: it leads to a NIC. `same-address`: it belongs to a guest that has
 * the shared address itself. `block`: a guest's own flows come from it. `listening`: a process of the host answers there.
 * `host`: the host's own flows come from it. Ports of none of these are free.
 */
export const sharedPortKinds = ['forward', 'same-address', 'block', 'listening', 'host'] as const;
export type SharedPortKind = (typeof sharedPortKinds)[number];

/** Ports that one has. Times are milliseconds since the epoch. */
export interface SharedPortRange {
  readonly first: number;
  readonly last: number;
  readonly kind: SharedPortKind;
  /** Absent: of both. */
  readonly protocol?: 'tcp' | 'udp';
  readonly guest?: string;
  /** Of a forward: the NIC that it leads to. */
  readonly nic?: number;
  readonly owner?: string;
  /** Of a forward `tcp/8080`; of `listening` the process, where it can be seen. */
  readonly name?: string;
  /** Of a forward, where it leads to: the first port there. */
  readonly to?: number;
  /** A block on its way back: no new session gets a port of it. */
  readonly closing?: true;
  /** Absent: it is not known, or it is the host's. */
  readonly since?: number;
}

/** All 65,536 ports of the shared address. */
export interface SharedPortMap {
  readonly at: number;
  /** Absent without a gateway: nothing is shared then. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Ascending by `first`. Forwards may lie in other ranges: a packet from outside goes where the forward says. */
  readonly ranges: readonly SharedPortRange[];
  /** Ports by what they are for, each counted once, by the first kind that fits in the order of `sharedPortKinds`. */
  readonly ports: Readonly<Record<SharedPortKind | 'free', number>>;
}

/** A stretch of time in which a port was somebody's. */
export interface SharedPortHolding {
  readonly kind: 'forward' | 'same-address' | 'block';
  readonly first: number;
  readonly last: number;
  readonly protocol?: 'tcp' | 'udp';
  /** Absent: it was erased who that was. */
  readonly guest?: string;
  readonly nic?: number;
  readonly name?: string;
  readonly since: number;
  /** Absent while it lasts. */
  readonly until?: number;
}

/** Whose one port is and was. */
export interface SharedPortHistory {
  readonly port: number;
  /** What it is for now; empty: it is free. */
  readonly now: readonly SharedPortRange[];
  /** Newest first; 100 at most. */
  readonly holdings: readonly SharedPortHolding[];
}

/** The shared address's ports. Every method rejects with an AppError. */
export interface SharedPorts {
  map(): Promise<SharedPortMap>;
  /** `value-invalid` for what is no port (0 to 65535). */
  show(port: number): Promise<SharedPortHistory>;
}
