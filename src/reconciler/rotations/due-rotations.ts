import type { Rotation, RotationSchedule } from '../../model/rotation.ts';
import { renderSchedule } from '../../model/rotation.ts';
import { nicId, type Site } from '../../model/site.ts';
import { itself } from '../../registry/journal/journal.ts';
import type { AddressSource } from '../../registry/leases/address-source.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import type { StoredRotation } from '../../registry/rotations.ts';
import { nicsOf, reasonAgainst, rotatesAlready } from './choose-nics.ts';
import { dueSince, isDue } from './due-nics.ts';
import { findRequested } from './requested-nics.ts';

/** What schedules look at. */
export interface Surroundings {
  readonly site: Site;
  readonly settings: Pick<Rotation, 'overlap' | 'grace'>;
  readonly source: AddressSource;
  readonly leases: Leases;
  readonly rotations: ReadonlyMap<string, StoredRotation>;
  readonly now: number;
}

/**
 * Rotations that these schedules begin. NICs that requests made are in only where a schedule says whose: nobody hears
 * them move, so nobody shall find that they rotate who did not ask for it.
 */
export async function dueRotations(
  due: readonly RotationSchedule[],
  { site, settings, source, leases, rotations, now }: Surroundings,
): Promise<StoredRotation[]> {
  const all = nicsOf(site);
  const able = all.filter((nic) => reasonAgainst(nic, rotations) === undefined);
  const latest = await source.latest(able.map(({ guest, index }) => ({ guest: guest.name, nic: index })));
  const own = new Set(all.map(({ id }) => id));
  const found = new Map<string, StoredRotation>();
  for (const schedule of due) {
    const { every, atMost, owner, segment, pool } = schedule;
    const times = { askedAt: now, phaseSince: now, overlap: settings.overlap, grace: settings.grace };
    const common = { phase: 'waiting', hook: 'none', actor: itself, origin: renderSchedule(schedule), atMost } as const;
    const add = (guest: string, nic: number): void => {
      const id = nicId(guest, nic);
      if (!found.has(id)) found.set(id, { guest, nic, ...common, ...times });
    };
    for (const nic of able)
      if (isDue(schedule, nic, latest.get(nic.id), site.pools, now)) add(nic.guest.name, nic.index);
    if (owner === undefined && segment === undefined && pool === undefined) continue;
    const before = dueSince(every, now) + 1;
    for (const [id, { guest, nic }] of await findRequested(leases, site, { owner, segment, pool, before })) {
      if (!own.has(id) && rotatesAlready(id, rotations) === undefined) add(guest, nic);
    }
  }
  return [...found.values()];
}
