import { AppError } from '../errors/app-error.ts';
import { defaultPortName } from '../model/default-names.ts';
import { parseInterfaceName } from '../model/names.ts';
import { type Guest, nicId, type Site } from '../model/site.ts';

const merged = new WeakMap<Guest, { ports: string; guest: Guest }>();

function attachGuest(guest: Guest, attachments: ReadonlyMap<string, string | null>): Guest {
  const ports = guest.nics.map((_, index) => attachments.get(nicId(guest.name, index)));
  if (ports.every((port) => port === undefined)) return guest;
  const text = JSON.stringify(ports);
  const known = merged.get(guest);
  if (known?.ports === text) return known.guest;
  const nics = guest.nics.map((nic, index) => {
    const port = ports[index];
    if (port === undefined) return nic;
    return port === null ? { ...nic, detached: true } : { ...nic, port: parseInterfaceName(port) };
  });
  const result = { ...guest, nics };
  merged.set(guest, { ports: text, guest: result });
  return result;
}

/** The site with NICs plugged in where `attach` and `detach` said. Throws `conflict` when two NICs want one device. */
export function withAttachments(site: Site, attachments: ReadonlyMap<string, string | null>): Site {
  if (attachments.size === 0) return site;
  const guests = site.guests.map((guest) => attachGuest(guest, attachments));
  const holders = new Map<string, string>();
  for (const guest of guests) {
    for (const [index, nic] of guest.nics.entries()) {
      if (nic.detached) continue;
      const id = nicId(guest.name, index);
      const port = nic.port ?? defaultPortName(guest.name, index);
      const holder = holders.get(port);
      if (holder) throw new AppError('conflict', `device "${port}" is the port of NIC "${holder}" and of NIC "${id}"`);
      holders.set(port, id);
    }
  }
  return { ...site, guests };
}
