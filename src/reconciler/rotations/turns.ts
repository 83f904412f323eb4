import type { NicAssignment } from '../../model/assignments.ts';
import type { MacAddress } from '../../model/mac-address.ts';

/** The NIC may use a new address besides the one that it has. */
export function prepared(nic: NicAssignment, mac: MacAddress): NicAssignment {
  return { ...nic, also: { mac, state: 'reserved' } };
}

/** The two addresses change places: host and DHCP expect the other one from now on. Without a second one, the same. */
export function turned(nic: NicAssignment): NicAssignment {
  return nic.also ? { ...nic, mac: nic.also.mac, also: { mac: nic.mac, state: 'retiring' } } : nic;
}

/** The NIC has only the address that host and DHCP expect. */
export function settled({ also: _gone, ...nic }: NicAssignment): NicAssignment {
  return nic;
}

/** Which of the two addresses is the old one, which the new one. */
export function addressesOf(nic: NicAssignment, phase: string): { old: MacAddress; fresh: MacAddress | undefined } {
  return phase === 'moved' && nic.also ? { old: nic.also.mac, fresh: nic.mac } : { old: nic.mac, fresh: nic.also?.mac };
}
