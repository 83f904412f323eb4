import type { NicAssignment } from '../../model/assignments.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import type { RequestedNic } from '../../registry/turn-requested.ts';

/** A NIC of the site, or one that a request made. */
export type RotatingNic = NicAssignment | RequestedNic;

/** The NIC may use a new address besides the one that it has. */
export function prepared<N extends RotatingNic>(nic: N, mac: MacAddress): N {
  return { ...nic, also: { mac, state: 'reserved' } };
}

/** The two addresses change places: host and DHCP expect the other one from now on. Without a second one, the same. */
export function turned<N extends RotatingNic>(nic: N): N {
  return nic.also ? { ...nic, mac: nic.also.mac, also: { mac: nic.mac, state: 'retiring' } } : nic;
}

/** The NIC has only the address that host and DHCP expect. */
export function settled<N extends RotatingNic>({ also: _gone, ...nic }: N): N {
  return nic as unknown as N;
}

/** Which of the two addresses is the old one, which the new one. */
export function addressesOf(nic: RotatingNic, phase: string): { old: MacAddress; fresh: MacAddress | undefined } {
  return phase === 'moved' && nic.also ? { old: nic.also.mac, fresh: nic.mac } : { old: nic.mac, fresh: nic.also?.mac };
}
