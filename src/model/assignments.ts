import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';
import { type PortRange, renderPortRange } from './port-range.ts';

/** What the registry gave to one NIC. */
export interface NicAssignment {
  readonly guest: string;
  readonly nic: number;
  readonly segment: string;
  readonly mac: MacAddress;
  readonly ipv4: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /**
   * During a rotation, the other MAC address that the NIC may use: the new one before the guest has moved
   * (`reserved`), the old one after it (`retiring`). `mac` is the one that host and DHCP expect.
   */
  readonly also?: { readonly mac: MacAddress; readonly state: 'reserved' | 'retiring' };
}

/** What the registry gave to one guest: source ports first..last of the shared address, and further blocks. */
export interface GuestAssignment {
  readonly guest: string;
  readonly first: number;
  readonly last: number;
  /** Blocks that a guest with many sessions got besides, in the order in which it got them; absent for none. */
  readonly more?: readonly FurtherBlock[];
  /** Small number (1..4095), unique in the site, of a `same-address` guest: its mark, routing table and zone. */
  readonly shareId?: number;
}

/** Everything the registry holds for the guests of a site; keys are `guest/nic` and `guest`. */
export interface Assignments {
  readonly nics: ReadonlyMap<string, NicAssignment>;
  readonly guests: ReadonlyMap<string, GuestAssignment>;
}

/** A port block that a guest got besides its first. */
export interface FurtherBlock extends PortRange {
  /** On its way back: no new session gets a port of it, and it is given back when none has one. Not stored. */
  readonly closing?: true;
}

/** All port blocks of a guest: its first, then those that it grew by. */
export function blocksOf({ first, last, more = [] }: GuestAssignment): FurtherBlock[] {
  return [{ first, last }, ...more];
}

/** `20000-20999`, or `20000-20999, 31000-31999`. */
export function renderBlocks(held: GuestAssignment): string {
  return blocksOf(held).map(renderPortRange).join(', ');
}
