import { macFromInteger } from '../../model/mac-address.ts';
import type { LeaseRow } from '../tables.ts';
import { ipKey } from './barring.ts';
import type { CheckedWish } from './check-order.ts';

/** What becomes of one wish. */
export interface Outcome {
  readonly checked: CheckedWish;
  /** The lease that the NIC holds already. */
  held?: LeaseRow;
  /** Leases that end for it: nobody's in particular, and one that was reserved for the NIC before it had a segment. */
  readonly ends: LeaseRow[];
  /** Addresses that it takes and that rested for its guest until now: keys as in `barring`, and what they rest in. */
  readonly wakes: Map<string, LeaseRow>;
  mac?: number;
  ipv4?: string | undefined;
  ipv6?: string | undefined;
  /** IP addresses that an ended lease of nobody in particular had. */
  segment?: string | undefined;
}

/** Keys of the addresses that a wish names. */
export function keysOf({ checked: { mac, ipv4, ipv6, segment } }: Outcome): string[] {
  const ips = [ipv4, ipv6].filter((ip) => ip !== undefined);
  return [...(mac === undefined ? [] : [macFromInteger(mac)]), ...ips.map((ip) => ipKey(segment?.name ?? '', ip))];
}
