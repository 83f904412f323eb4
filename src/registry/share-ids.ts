import { AppError } from '../errors/app-error.ts';
import type { GuestAssignment } from '../model/assignments.ts';
import type { Guest } from '../model/site.ts';

/** Mark, routing table and zone of a same-address guest have room for 12 bits. */
const lastShareId = 4095;

/**
 * A number from 1 to 4095 for every same-address guest: the one it has, else the lowest free one.
 * Throws `pool-exhausted`.
 */
export function proposeShareIds(
  guests: readonly Guest[],
  current: ReadonlyMap<string, GuestAssignment>,
): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const sharing = guests.filter((guest) => guest.share === 'same-address');
  const taken = new Set<number>();
  for (const guest of sharing) {
    const id = current.get(guest.name)?.shareId;
    if (id === undefined || taken.has(id)) continue;
    taken.add(id);
    ids.set(guest.name, id);
  }
  let next = 1;
  for (const guest of sharing) {
    if (ids.has(guest.name)) continue;
    while (taken.has(next)) next++;
    if (next > lastShareId) {
      throw new AppError(
        'pool-exhausted',
        `guest "${guest.name}" is one same-address guest too many: the site has ${sharing.length}, expected at most ${lastShareId}`,
        { details: { guest: guest.name, count: sharing.length, limit: lastShareId } },
      );
    }
    taken.add(next);
    ids.set(guest.name, next);
  }
  return ids;
}
