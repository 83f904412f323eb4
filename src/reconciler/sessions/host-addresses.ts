import { networkInterfaces } from 'node:os';
import { type IpAddress, parseIp } from '../../model/ip-address.ts';

/** Addresses of this host's interfaces, but for its loopback. */
export function hostAddresses(): IpAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ internal }) => !internal).map(({ address }) => parseIp(address.replace(/%.*$/, ''))),
  );
}
