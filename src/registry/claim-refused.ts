import { AppError } from '../errors/app-error.ts';
import { conflictWith } from './leases/describe-conflicts.ts';
import type { Lease } from './leases/leases.ts';

/** Why a NIC of the site cannot have an address that it names: another lease keeps it. `key` as in `AddressSource`. */
export function claimRefused(key: string, nic: string, lease: Lease): AppError {
  const address = key.slice(key.lastIndexOf(' ') + 1);
  const kind = !key.includes(' ') ? 'MAC address' : address.includes(':') ? 'IPv6 address' : 'IPv4 address';
  const conflict = conflictWith(0, address, `${kind} "${address}" of NIC "${nic}"`, lease);
  const { index: _, sentence, nic: holderNic, holder, ...rest } = conflict;
  return new AppError('conflict', sentence, { details: { ...rest, nic, holder: holderNic ?? holder } });
}
