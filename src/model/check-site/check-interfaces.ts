import { defaultPortName } from '../default-names.ts';
import { quoteValue } from '../quote-value.ts';
import { type Guest, nicId } from '../site.ts';
import type { SiteIndex } from './site-index.ts';

const defaultPorts = new WeakMap<Guest, readonly string[]>();

/** Names of the host-side devices of a guest; those of long guest names hold a hash, so they are remembered. */
function portsOf(guest: Guest): readonly string[] {
  const known = defaultPorts.get(guest);
  if (known) return known;
  const ports = guest.nics.map((nic, i) => nic.port ?? defaultPortName(guest.name, i));
  defaultPorts.set(guest, ports);
  return ports;
}

/** No interface name of the host is used for two things. */
export function checkInterfaces({ site, segments, guests, unread, report }: SiteIndex): void {
  const users = new Map<string, string>([['lo', 'the loopback interface']]);
  const use = (path: string, name: string, user: string): void => {
    const before = users.get(name);
    if (before === undefined) {
      users.set(name, user);
      return;
    }
    const message = `interface name ${quoteValue(name)} of ${user} is already that of ${before}`;
    report.error(path, message, quoteValue(name), 'a name that no other interface has');
  };
  if (site.uplink) use('uplink.interface', site.uplink.interface, 'the uplink');
  site.segments.forEach((segment, i) => {
    if (segments.get(segment.name) !== segment || unread.gapsOf(segment)?.has('bridge')) return;
    use(`segments[${i}].bridge`, segment.bridge, `the bridge of segment ${quoteValue(segment.name)}`);
  });
  for (let g = 0; g < site.guests.length; g++) {
    const guest = site.guests[g] as Guest;
    if (guests.get(guest.name) !== guest) continue;
    const ports = portsOf(guest);
    const gaps = unread.gapsOf(guest);
    for (let n = 0; n < ports.length; n++) {
      if (gaps?.has(`nics[${n}].port`)) continue;
      const name = ports[n] as string;
      if (users.has(name)) use(`guests[${g}].nics[${n}].port`, name, `NIC "${nicId(guest.name, n)}"`);
      else users.set(name, `NIC "${guest.name}/${n}"`);
    }
  }
}
