/** A stretch of time in ms since the epoch; `until` is absent while it lasts. */
export interface Span {
  readonly since: number;
  readonly until?: number;
}

/** What a NIC of the site held. While it rotates two such stretches stand side by side, one for each MAC address. */
export interface NicHolding extends Span {
  readonly guest: string;
  readonly nic: number;
  /** Of that time. */
  readonly owner?: string;
  readonly segment: string;
  /** Or its pseudonym when it ended long ago; absent when nobody knows any more. */
  readonly mac?: string;
  /** `active`: the one that host and DHCP expected. */
  readonly state: 'reserved' | 'active' | 'retiring';
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** Ports of the shared address that one guest alone could send from. */
export interface BlockHolding extends Span {
  /** Absent: it was erased who that was. */
  readonly guest?: string;
  readonly first: number;
  readonly last: number;
  readonly shareId?: number;
}

/** A port of the shared address that led to a guest. */
export interface PublishedPort extends Span {
  readonly kind: 'forward' | 'same-address';
  /** `tcp/8080`, `tcp/30000-30099`; of a same-address guest `22`, `5060-5070`. */
  readonly name: string;
  /** Absent: of both. */
  readonly protocol?: 'tcp' | 'udp';
  readonly first: number;
  readonly last: number;
  readonly guest: string;
  readonly nic: number;
}

/** Since when what is held is held. */
export interface HeldSince {
  readonly blocks: readonly BlockHolding[];
  /** Forwards by name, `tcp/8080`. */
  readonly forwards: ReadonlyMap<string, number>;
  /** Ports of same-address guests. */
  readonly sameAddress: readonly PublishedPort[];
}

export interface SharedAddresses extends Span {
  readonly ipv4: string;
  readonly ipv6?: string;
}

/**
 * Who held what in the past. A stretch begins when the kernel began to take it and ends when its end was stored, which
 * is after the kernel took it: what follows each other overlaps for as long as a change takes, and no moment is without
 * the one who may have been it. Addresses and ports are looked up as they are asked for, and remembered by one `between`.
 * Methods reject with `registry-failed`.
 */
export interface Holders {
  /** What was held at any moment between two, both included (ms since the epoch). */
  between(from: number, to: number): HeldBetween;
  /** Everything of the shared address that is held now. */
  sharedNow(): Promise<HeldSince>;
}

export interface HeldBetween {
  shared(): Promise<readonly SharedAddresses[]>;
  /** Port blocks with a port in them. */
  blocksWith(port: number): Promise<readonly BlockHolding[]>;
  /** Guests with a share id. */
  blocksOfShare(shareId: number): Promise<readonly BlockHolding[]>;
  publishedAt(port: number): Promise<readonly PublishedPort[]>;
  /** NICs with an inner address, in any segment; of different segments the same address may be. */
  nicsWith(address: string): Promise<readonly NicHolding[]>;
  nicsOf(guest: string): Promise<readonly NicHolding[]>;
  /** NICs of which it was erased what they held. `segment` of each, as nothing else is known. */
  erased(): Promise<readonly (Span & { readonly segment: string })[]>;
}

/** Whether a stretch has a moment in common with another, both ends included. */
export function overlaps({ since, until }: Span, from: number, to: number): boolean {
  return since <= to && (until === undefined || until >= from);
}
