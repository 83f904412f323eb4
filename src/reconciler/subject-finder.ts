import type { SubjectFinder } from '../events/contract.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { EventSubject } from '../model/event.ts';
import type { Site } from '../model/site.ts';

/** Index of one desired state. */
interface Index {
  readonly of: DesiredState | null;
  readonly byKey: ReadonlyMap<string, DesiredNic>;
}

function indexOf(desired: DesiredState | null): Index {
  const byKey = new Map<string, DesiredNic>();
  for (const nic of desired?.nics.values() ?? []) {
    const same = nic.share === 'same-address';
    for (const key of [nic.port, nic.mac, nic.also, same ? undefined : nic.ipv4, nic.ipv6, ...nic.sources6])
      if (key !== undefined) byKey.set(key, nic);
  }
  return { of: desired, byKey };
}

/** Finds by port, MAC or inner address whose it is, in the applied site. What is nobody's is told as what it is. */
export function createSubjectFinder(site: () => Site | undefined, desired: () => DesiredState | null): SubjectFinder {
  let index: Index = { of: null, byKey: new Map() };
  let owners: { of: Site | undefined; byGuest: ReadonlyMap<string, string | undefined> } = {
    of: undefined,
    byGuest: new Map(),
  };
  const ownerOf = (guest: string): string | undefined => {
    const now = site();
    if (owners.of !== now)
      owners = { of: now, byGuest: new Map(now?.guests.map(({ name, owner }) => [name, owner] as const)) };
    return owners.byGuest.get(guest);
  };
  const byGuest = (guest: string): EventSubject => {
    const owner = ownerOf(guest);
    return { guest, ...(owner === undefined ? {} : { owner }) };
  };
  const find = (key: string): EventSubject | undefined => {
    const now = desired();
    if (index.of !== now) index = indexOf(now);
    const nic = index.byKey.get(key);
    return nic && { ...byGuest(nic.guest), nic: nic.id, port: nic.port, segment: nic.segment };
  };
  return {
    byGuest,
    byPort: (port) => find(port) ?? { port },
    byMac: (mac) => find(mac) ?? { object: mac },
    byAddress: (address) => find(address) ?? { object: address },
  };
}
