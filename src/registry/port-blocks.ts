import { AppError } from '../errors/app-error.ts';
import type { GuestAssignment } from '../model/assignments.ts';
import type { PortRange } from '../model/port-range.ts';
import type { Site } from '../model/site.ts';

const firstPort = 1024;
const lastPort = 65535;

/**
 * First port of every guest's block: `limits.portBlock` contiguous ports of the shared address, for TCP and UDP alike,
 * clear of forwards, same-address ports and `avoid`. A guest keeps its block while that is so; else the first gap
 * that is wide enough. Throws `ports-exhausted`.
 */
export function proposePortBlocks(
  site: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoid: readonly PortRange[],
): ReadonlyMap<string, number> {
  const size = site.limits.portBlock;
  const taken = claimedPorts(site, avoid);
  const blocks = new Map<string, number>();
  const moving: string[] = [];
  for (const { name } of site.guests) {
    const had = current.get(name);
    if (had !== undefined && keepsBlock(had, size, taken)) {
      taken.fill(1, had.first, had.last + 1);
      blocks.set(name, had.first);
    } else {
      moving.push(name);
    }
  }
  // All blocks are of one size, so a gap that was too narrow for one guest is too narrow for the next.
  let from = firstPort;
  for (const guest of moving) {
    const first = nextGap(taken, from, size);
    if (first === undefined) throw exhausted(guest, site, blocks.size, taken);
    taken.fill(1, first, first + size);
    blocks.set(guest, first);
    from = first + size;
  }
  return blocks;
}

/** One byte for each port: 1 where a block must not be. */
function claimedPorts(site: Site, avoid: readonly PortRange[]): Uint8Array {
  const taken = new Uint8Array(lastPort + 1);
  const claim = (range: PortRange): void => {
    taken.fill(1, range.first, range.last + 1);
  };
  for (const range of avoid) claim(range);
  for (const forward of site.forwards) claim(forward.ports);
  for (const guest of site.guests) for (const range of guest.ports) claim(range);
  return taken;
}

function keepsBlock(had: GuestAssignment, size: number, taken: Uint8Array): boolean {
  if (had.last - had.first + 1 !== size || had.first < firstPort || had.last > lastPort) return false;
  return lastClaimed(taken, had.first, had.last) === undefined;
}

function nextGap(taken: Uint8Array, from: number, size: number): number | undefined {
  for (let first = from; first + size - 1 <= lastPort; ) {
    const claimed = lastClaimed(taken, first, first + size - 1);
    if (claimed === undefined) return first;
    first = claimed + 1;
  }
  return undefined;
}

/** Looks from the end, so that a search for a gap can leap behind what it met. */
function lastClaimed(taken: Uint8Array, first: number, last: number): number | undefined {
  for (let port = last; port >= first; port--) if (taken[port] === 1) return port;
  return undefined;
}

function exhausted(guest: string, site: Site, placed: number, taken: Uint8Array): AppError {
  let free = 0;
  let widest = 0;
  for (let port = firstPort, run = 0; port <= lastPort; port++) {
    run = taken[port] === 0 ? run + 1 : 0;
    if (run > 0) free++;
    widest = Math.max(widest, run);
  }
  const size = site.limits.portBlock;
  return new AppError(
    'ports-exhausted',
    `guest "${guest}" gets no port block: ${site.guests.length} guests want ${size} ports each of ${firstPort}-${lastPort}, ` +
      `${placed} have theirs, and of the ${free} ports left (forwards, same-address ports and the host's own left out) no more than ${widest} are contiguous; expected ${size}`,
    { details: { guest, size, guests: site.guests.length, placed, free, widest } },
  );
}
