import type { PoolSpace } from '../pools/pool-space.ts';
import type { Lease, SegmentSpace } from './leases.ts';

/** A NIC that looks for a MAC address. */
export interface DrawWish {
  /** For messages: `NIC "web1/0"`, `lease 17 of 10000`. */
  readonly title: string;
  /** Guest's UUID or name, and index, for the `hashed` strategy; a wish without them gets any free address. */
  readonly identity?: { readonly guest: string; readonly nic: number };
  /** Segment that the NIC is in: where one asks whether somebody uses the address. */
  readonly segment?: string;
}

/**
 * Where new addresses come from, and who has those that are taken. The store answers it in earnest; `render` and tests
 * have one in memory. All methods take many at once, so that a store behind a network is asked once.
 */
export interface AddressSource {
  /**
   * By NIC id (`web1/0`), the lease of source `request` that it holds (`active`, else `reserved`); failing that the
   * latest one that it held on `segment`, where one is named; failing that the one it holds or held last. NICs that
   * never had one are absent.
   */
  latest(
    nics: readonly { readonly guest: string; readonly nic: number; readonly segment?: string }[],
  ): Promise<ReadonlyMap<string, Lease>>;
  /**
   * Leases that keep an address from others at `now`: they hold it, or it rests. By the key that was asked for: a MAC
   * address as text, or `segment ip`. Free addresses are absent.
   */
  barring(keys: readonly string[], now: number): Promise<ReadonlyMap<string, Lease>>;
  /**
   * As many free MAC addresses as there are wishes, by the strategy of the pool, in the order of the wishes. For 60 s
   * no other draw gives them to anyone. Throws `pool-exhausted`, and has drawn nothing then.
   */
  drawMacs(pool: PoolSpace, wishes: readonly DrawWish[], now: number): Promise<number[]>;
  /** Drawn MAC addresses that nobody takes after all; others may draw them again. Those that are leased stay leased. */
  giveBack(macs: readonly number[]): void;
  /** The lowest free IPv4 addresses of a segment, as integers; gateway, network and broadcast address are not free. */
  drawIpv4(segment: SegmentSpace, count: number, title: string, now: number): Promise<number[]>;
}
