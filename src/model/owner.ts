import type { Label } from './names.ts';
import type { OwnerQuota } from './owners-schema.ts';
import { type PortRange, portCount } from './port-range.ts';
import type { Guest, Site } from './site.ts';

/** What the tenant of an owner may do by itself; see `owners` of the site file. */
export interface Owner {
  readonly name: Label;
  readonly quota: OwnerQuota;
  /** Segments that it may put NICs into. */
  readonly segments: readonly Label[];
  /** Ports of the shared address that it may publish; absent: those from 1024 on that are free. */
  readonly ports?: readonly PortRange[];
}

/** How much of its quota an owner has by the site. MAC addresses that were leased by request are not among the NICs. */
export function usageOf(site: Site, owner: string): OwnerQuota {
  const guests = site.guests.filter((guest) => guest.owner === owner);
  const names = new Set<string>(guests.map(({ name }) => name));
  const forwards = site.forwards.filter(({ to }) => names.has(to.guest));
  const dual = new Set<string>(site.segments.flatMap(({ name, subnet6 }) => (subnet6 ? [name] : [])));
  const ports = [...forwards.map((forward) => forward.ports), ...guests.flatMap((guest) => guest.ports)];
  return {
    guests: guests.length,
    nics: guests.reduce((sum, { nics }) => sum + nics.length, 0),
    forwards: forwards.length,
    ports: ports.reduce((sum, range) => sum + portCount(range), 0),
    sessions: guests.reduce((sum, guest) => sum + sessionsOf(guest, site, dual), 0),
  };
}

/** Sessions that a guest may have open: its limit holds for each of its addresses. */
function sessionsOf({ limits, nics, share }: Guest, site: Site, dual: ReadonlySet<string>): number {
  const limit = limits?.sessions ?? site.limits.sessionsPerGuest;
  if (share === 'same-address') return limit;
  return nics.reduce((sum, { segment }) => sum + limit * (dual.has(segment) ? 2 : 1), 0);
}

/** How names of guests begin that a tenant makes: so nobody learns by a name that it is taken. */
export const ownPrefix = (owner: string): string => `${owner}-`;
