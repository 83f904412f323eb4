import { isMulticast } from '../../model/mac-address.ts';
import type { Findings, FoundGuest, FoundNic } from '../findings.ts';
import { Labels, siteInterfaceName } from './choose-names.ts';

/** A guest of the host as the site file could have it. */
export interface SuggestedGuest {
  readonly name: string;
  readonly found: FoundGuest;
  readonly nics: readonly { readonly mac?: string; readonly port?: string }[];
}

/**
 * A device name that stays the guest's: libvirt counts vnet0, vnet1, … up anew at every start, and names that begin with
 * `bk-` and `bkp-` are those that a site gives itself.
 */
function lastingPort(port: string | undefined): string | undefined {
  if (port === undefined || /^((vnet|macvtap)\d+$|bkp?-)/.test(port)) return undefined;
  return siteInterfaceName(port);
}

/** One suggestion a guest, each valid beside all others: names, MAC addresses and ports are nobody else's. */
export function suggestGuests(findings: Findings): SuggestedGuest[] {
  const labels = new Labels(['world', 'host']);
  const macs = new Set<string>();
  const ports = new Set<string>(['lo', findings.uplink.interface, ...findings.bridges.map(({ name }) => name)]);
  const nicOf = ({ mac, port }: FoundNic): SuggestedGuest['nics'][number] => {
    const ownMac = mac && !isMulticast(mac) && mac !== '00:00:00:00:00:00' && !macs.has(mac) ? mac : undefined;
    const lasting = lastingPort(port);
    const ownPort = lasting !== undefined && !ports.has(lasting) ? lasting : undefined;
    if (ownMac) macs.add(ownMac);
    if (ownPort) ports.add(ownPort);
    return { ...(ownMac ? { mac: ownMac } : {}), ...(ownPort ? { port: ownPort } : {}) };
  };
  return findings.guests
    .filter(({ nics }) => nics.length > 0 && nics.length <= 32)
    .map((found) => ({ name: labels.take(found.name, 'guest'), found, nics: found.nics.map(nicOf) }));
}
