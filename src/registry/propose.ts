import type { Assignments, GuestAssignment, NicAssignment } from '../model/assignments.ts';
import type { PortRange } from '../model/port-range.ts';
import type { Site } from '../model/site.ts';
import { proposePortBlocks } from './port-blocks.ts';
import { proposeNics } from './propose-nics.ts';
import type { RememberedLease } from './registry.ts';
import { proposeShareIds } from './share-ids.ts';

/** What a proposal depends on besides the site and what is held. */
export interface ProposalContext {
  readonly remembered: readonly RememberedLease[];
  /** An integer from 0 to max - 1; `crypto.randomInt` in earnest, anything repeatable for `render`. */
  readonly random: (max: number) => number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Ports of the shared address that are the host's own: its ephemeral range and what it listens on. */
  readonly avoidPorts: readonly PortRange[];
  /** Secret of the registry, key of stable IPv6 addresses. */
  readonly siteKey: string | Buffer;
}

/** One who changed stands in both lists: in `released` as it was, in `added` as it will be. */
interface Held {
  readonly nics: readonly NicAssignment[];
  readonly guests: readonly GuestAssignment[];
}

export interface Proposal {
  readonly assignments: Assignments;
  readonly added: Held;
  readonly released: Held;
}

/**
 * Gives every NIC of the site its addresses and every guest its port block. Who holds something keeps it while the
 * site allows it, who comes back gets the same again while it is free, and nothing is given twice. Pure but for
 * `random`; what did not change is the very same object, and so are the maps.
 * Throws `conflict`, `pool-exhausted`, `ports-exhausted`, `not-found`.
 */
export function proposeAssignments(site: Site, current: Assignments, context: ProposalContext): Proposal {
  const nics = proposeNics(site, current.nics, context);
  const guests = proposeGuests(site, current.guests, context.avoidPorts);
  const unchanged = nics === current.nics && guests === current.guests;
  return {
    assignments: unchanged ? current : { nics, guests },
    added: { nics: missing(nics, current.nics), guests: missing(guests, current.guests) },
    released: { nics: missing(current.nics, nics), guests: missing(current.guests, guests) },
  };
}

/** Port blocks and share ids; a site without an uplink has no address to share, and so none. */
function proposeGuests(
  site: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoidPorts: readonly PortRange[],
): ReadonlyMap<string, GuestAssignment> {
  if (site.uplink === undefined) return current.size === 0 ? current : new Map();
  const blocks = proposePortBlocks(site, current, avoidPorts);
  const shareIds = proposeShareIds(site.guests, current);
  const proposed = new Map<string, GuestAssignment>();
  let kept = 0;
  for (const [guest, first] of blocks) {
    const had = current.get(guest);
    const last = first + site.limits.portBlock - 1;
    const shareId = shareIds.get(guest);
    if (had !== undefined && had.first === first && had.last === last && had.shareId === shareId) {
      proposed.set(guest, had);
      kept++;
    } else {
      proposed.set(guest, shareId === undefined ? { guest, first, last } : { guest, first, last, shareId });
    }
  }
  return kept === current.size && kept === proposed.size ? current : proposed;
}

/** Values of `these` that are not the same object in `those`. */
function missing<T>(these: ReadonlyMap<string, T>, those: ReadonlyMap<string, T>): T[] {
  if (these === those) return [];
  return [...these].filter(([key, value]) => those.get(key) !== value).map(([, value]) => value);
}
