import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';

/**
 * How a MAC address was seen. `interface`: an interface of the host has it. `fdb`: a bridge has it behind a port.
 * `neighbour`: it goes with an IP address on an interface. `offender`: the guard dropped frames that claimed it.
 * `probe`: it answered when somebody asked for an address. `trunk`: behind a link that leads to other hosts.
 */
export const sightingKinds = ['interface', 'fdb', 'neighbour', 'offender', 'probe', 'trunk'] as const;
export type SightingKind = (typeof sightingKinds)[number];

/** One MAC address (unicast) at one place of a host. */
export interface Sighting {
  readonly mac: MacAddress;
  readonly kind: SightingKind;
  /** Port or interface. */
  readonly device: string;
  /** Bridge that the device is a port of, or that it is or stands on. */
  readonly bridge?: string;
  readonly ip?: Ipv4Address | Ipv6Address;
  /** When it was last there, as far as the kernel tells (to the second); milliseconds since the epoch. */
  readonly at: number;
}
