import type { Mistake } from '../../errors/app-error.ts';
import type { NicAssignment } from '../../model/assignments.ts';
import { defaultPortName } from '../../model/default-names.ts';
import { macToInteger } from '../../model/mac-address.ts';
import { nicId, type Site } from '../../model/site.ts';
import type { SeenEntry } from '../../registry/seen/seen.ts';

/**
 * A warning for each new NIC whose MAC address the site names and which was seen elsewhere than at the NIC's port. To
 * name it is to say whose it is, so that is no mistake: a machine that is taken over is on the wire already. Pure.
 */
export function strangerWarnings(
  site: Site,
  added: readonly NicAssignment[],
  strangers: (mac: number) => readonly SeenEntry[],
): Mistake[] {
  const guests = new Map(site.guests.map((guest) => [guest.name as string, guest]));
  return added.flatMap(({ guest: name, nic: index, mac }): Mistake[] => {
    const guest = guests.get(name);
    const nic = guest?.nics[index];
    if (guest === undefined || nic?.mac === undefined) return [];
    const port = nic.port ?? defaultPortName(guest.name, index);
    const [seen] = strangers(macToInteger(mac)).filter(({ device }) => device !== port);
    if (seen === undefined) return [];
    const id = nicId(name, index);
    return [
      {
        path: `guests[${name}].nics[${index}].mac`,
        message: `MAC address "${mac}" of NIC "${id}" was seen at port "${seen.device}" of host "${seen.host}" at ${new Date(seen.lastAt).toISOString()}; if that is not the machine which is to be plugged into "${port}", two will have one address`,
        seen: `${seen.device} of ${seen.host}`,
        expected: `nowhere but at "${port}"`,
        severity: 'warning',
      },
    ];
  });
}
