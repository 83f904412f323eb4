import { type Assignments, blocksOf, type GuestAssignment, type NicAssignment } from '../model/assignments.ts';
import type { PortRange } from '../model/port-range.ts';
import type { Site } from '../model/site.ts';
import type { AddressSource } from './leases/address-source.ts';
import { proposePortBlocks } from './port-blocks.ts';
import { proposeNics } from './propose-nics.ts';
import type { RestingPorts } from './resting-ports.ts';
import { proposeShareIds } from './share-ids.ts';

/** What a proposal depends on besides the site and what is held. */
export interface ProposalContext {
  /** Where addresses come from, and who has those that are taken: the lease store, or one in memory. */
  readonly addresses: AddressSource;
  /** Name of this host, for its sub-pools. */
  readonly host?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Ports of the shared address that are the host's own: its ephemeral range and what it listens on. */
  readonly avoidPorts: readonly PortRange[];
  /** Ports that no new block holds. Whose block holds one keeps it: what the host listens on comes and goes. */
  readonly busyPorts?: readonly PortRange[];
  /** Ports that guests gave back: they are given to others as late as can be. Absent: there are none. */
  readonly restingPorts?: RestingPorts;
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
  /** MAC addresses that were drawn for it; whoever does not commit it gives them back to the source. */
  readonly drawn: readonly number[];
}

/**
 * Gives every NIC of the site its addresses and every guest its port block. Who holds something keeps it while the
 * site allows it, who comes back gets the same again while it is free, and nothing is given twice. Nothing is held
 * before the proposal is committed; what did not change is the very same object, and so are the maps.
 * Rejects with `conflict`, `pool-exhausted`, `ports-exhausted`, `not-found`, and has drawn nothing then.
 */
export async function proposeAssignments(
  site: Site,
  current: Assignments,
  context: ProposalContext,
): Promise<Proposal> {
  const guests = proposeGuests(site, current.guests, context.avoidPorts, context.restingPorts, context.busyPorts);
  const drawn: number[] = [];
  try {
    const nics = await proposeNics(site, current.nics, context, drawn);
    const unchanged = nics === current.nics && guests === current.guests;
    return {
      assignments: unchanged ? current : { nics, guests },
      added: { nics: missing(nics, current.nics), guests: missing(guests, current.guests) },
      released: { nics: missing(current.nics, nics), guests: missing(current.guests, guests) },
      drawn,
    };
  } catch (error) {
    context.addresses.giveBack(drawn);
    throw error;
  }
}

/** Port blocks and share ids; a site without an uplink has no address to share, and so none. */
export function proposeGuests(
  site: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoidPorts: readonly PortRange[],
  restingPorts?: RestingPorts,
  busyPorts?: readonly PortRange[],
): ReadonlyMap<string, GuestAssignment> {
  if (site.uplink === undefined) return current.size === 0 ? current : new Map();
  const blocks = proposePortBlocks(site, current, avoidPorts, restingPorts, busyPorts);
  const shareIds = proposeShareIds(site.guests, current);
  const proposed = new Map<string, GuestAssignment>();
  let kept = 0;
  for (const [guest, [range, ...more]] of blocks) {
    const had = current.get(guest);
    const shareId = shareIds.get(guest);
    const held: GuestAssignment = {
      guest,
      ...(range as PortRange),
      ...(more.length > 0 ? { more } : {}),
      ...(shareId === undefined ? {} : { shareId }),
    };
    if (had !== undefined && had.shareId === shareId && sameBlocks(had, held)) {
      proposed.set(guest, had);
      kept++;
    } else proposed.set(guest, held);
  }
  return kept === current.size && kept === proposed.size ? current : proposed;
}

function sameBlocks(a: GuestAssignment, b: GuestAssignment): boolean {
  const [mine, others] = [blocksOf(a), blocksOf(b)];
  return (
    mine.length === others.length &&
    mine.every(({ first, last }, place) => first === others[place]?.first && last === others[place].last)
  );
}

/** Values of `these` that are not the same object in `those`. */
function missing<T>(these: ReadonlyMap<string, T>, those: ReadonlyMap<string, T>): T[] {
  if (these === those) return [];
  return [...these].filter(([key, value]) => those.get(key) !== value).map(([, value]) => value);
}
