import type { Assignments } from '../../model/assignments.ts';
import { defaultPortName } from '../../model/default-names.ts';
import { macToInteger } from '../../model/mac-address.ts';
import { nicId, type Site } from '../../model/site.ts';
import type { SeenInput } from '../../registry/seen/seen.ts';

/** Where a NIC of the site belongs. */
export interface Home {
  /** `web1/0` */
  readonly nic: string;
  readonly guest: string;
  readonly index: number;
  readonly segment: string;
  readonly bridge: string;
  /** Absent while the NIC is detached. */
  readonly port?: string;
}

/** Where the NICs of a site belong, by MAC address and by port. */
export interface Homes {
  readonly byMac: ReadonlyMap<number, Home>;
  readonly byPort: ReadonlyMap<string, Home>;
  /** Segment by bridge. */
  readonly segments: ReadonlyMap<string, string>;
}

/** Pure; as costly as the site has NICs. During a rotation a NIC is at home with both of its addresses. */
export function homesOf(site: Site | undefined, assignments: Assignments): Homes {
  const byMac = new Map<number, Home>();
  const byPort = new Map<string, Home>();
  const bridges = new Map((site?.segments ?? []).map(({ name, bridge }): [string, string] => [name, bridge]));
  for (const guest of site?.guests ?? []) {
    for (const [index, nic] of guest.nics.entries()) {
      const id = nicId(guest.name, index);
      const held = assignments.nics.get(id);
      if (held === undefined) continue;
      const port = nic.detached ? undefined : (nic.port ?? defaultPortName(guest.name, index));
      const home: Home = {
        nic: id,
        guest: guest.name,
        index,
        segment: nic.segment,
        bridge: bridges.get(nic.segment) ?? '',
        ...(port === undefined ? {} : { port }),
      };
      byMac.set(macToInteger(held.mac), home);
      if (held.also !== undefined) byMac.set(macToInteger(held.also.mac), home);
      if (port !== undefined) byPort.set(port, home);
    }
  }
  return { byMac, byPort, segments: new Map([...bridges].map(([segment, bridge]) => [bridge, segment])) };
}

/** Whether a NIC of this host is seen where it belongs: at its port, or as a neighbour on its bridge. */
export function isAtHome(home: Home, seen: Pick<SeenInput, 'device' | 'kind' | 'bridge'>): boolean {
  if (seen.device === home.port) return true;
  if (seen.kind === 'neighbour') return seen.device === home.bridge || seen.bridge === home.bridge;
  return seen.kind === 'probe' && seen.device === home.bridge;
}

/**
 * Whether a sighting shows that a machine with that address is there. A neighbour on a bridge shows the address but not
 * the port, and what is behind a trunk is somewhere else.
 */
export function showsMachine({ kind, bridge }: Pick<SeenInput, 'kind' | 'bridge'>): boolean {
  return kind !== 'trunk' && !(kind === 'neighbour' && bridge !== undefined);
}
