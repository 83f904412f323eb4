import type { Lease } from '../../registry/leases/leases.ts';
import type { NewConflict, SeenEntry, SeenInput } from '../../registry/seen/seen.ts';
import { type Home, isAtHome, showsMachine } from './homes.ts';

/** Milliseconds after which a place where an address was seen no longer counts: what bridges forget (802.1D: 300 s). */
export const freshFor = 300_000;

/** A conflict as it is found, with the lease's id still to be looked up for NICs of the site. */
export type FoundConflict = Omit<NewConflict, 'lease' | 'state'>;

/**
 * A NIC of the site that is seen elsewhere than at its port. `since`: when the site was last changed; what the kernel
 * remembers from before is no sign (a NIC that has just moved to another port is not in two places).
 */
export function conflictOfHome(
  home: Home,
  seen: SeenInput,
  thisHost: string,
  since: number,
  now: number,
): FoundConflict | undefined {
  if (!showsMachine(seen) || seen.at <= since || seen.at < now - freshFor) return undefined;
  if (seen.host === thisHost && isAtHome(home, seen)) return undefined;
  return {
    mac: seen.mac,
    holder: home.nic,
    ...(home.port === undefined ? {} : { host: thisHost, device: home.port }),
    otherHost: seen.host,
    otherDevice: seen.device,
    otherKind: seen.kind,
    firstAt: seen.at,
    lastAt: seen.at,
  };
}

function holderName({ guest, nic, owner, id }: Lease): string {
  if (guest !== undefined) return `${guest}/${nic ?? 0}`;
  return owner === undefined ? `lease ${id}` : `owner ${owner}`;
}

/**
 * An address that was leased by request has no port that the site knows of: it belongs where it is seen. Seen at a
 * second place later, it has moved; seen at both at the same time, it is there twice.
 */
export function conflictsOfPlaces(lease: Lease, entries: readonly SeenEntry[], now: number): FoundConflict[] {
  const places = entries
    .filter((entry) => showsMachine(entry) && entry.lastAt > lease.since)
    .sort((a, b) => a.firstAt - b.firstAt);
  let [home] = places;
  const found: FoundConflict[] = [];
  for (const place of places.slice(1)) {
    if (home === undefined || place.firstAt > home.lastAt) {
      home = place;
      continue;
    }
    if (place.lastAt < now - freshFor) continue;
    found.push({
      mac: place.mac,
      holder: holderName(lease),
      host: home.host,
      device: home.device,
      otherHost: place.host,
      otherDevice: place.device,
      otherKind: place.kind,
      firstAt: place.firstAt,
      lastAt: place.lastAt,
    });
  }
  return found;
}
