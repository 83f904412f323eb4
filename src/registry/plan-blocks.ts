import { AppError } from '../errors/app-error.ts';
import type { GuestAssignment } from '../model/assignments.ts';
import type { Commit } from './registry.ts';
import type { RegistryState } from './registry-state.ts';
import type { PortBlockRow } from './tables.ts';

/** Port blocks that end and begin with a commit. Throws `conflict` when two overlap or a share id is given twice. */
export function planBlocks(state: RegistryState, commit: Commit): { ended: string[]; started: PortBlockRow[] } {
  const [before, after] = [state.assignments.guests, commit.assignments.guests];
  const ended: string[] = [];
  const started: PortBlockRow[] = [];
  if (before === after) return { ended, started };
  for (const guest of before.keys()) if (!after.has(guest)) ended.push(guest);
  for (const [guest, block] of after) {
    const had = before.get(guest);
    if (had === block || (had !== undefined && sameBlock(had, block))) continue;
    if (had !== undefined) ended.push(guest);
    started.push({
      id: state.next.block + started.length,
      guest,
      first_port: block.first,
      last_port: block.last,
      share_id: block.shareId ?? null,
      since: commit.at,
      until: null,
    });
  }
  if (started.length > 0) refuseOverlaps(after);
  return { ended, started };
}

function sameBlock(a: GuestAssignment, b: GuestAssignment): boolean {
  return a.first === b.first && a.last === b.last && a.shareId === b.shareId;
}

/** A unique key cannot see that two ranges overlap, so this is looked at here. */
function refuseOverlaps(guests: ReadonlyMap<string, GuestAssignment>): void {
  const blocks = [...guests.values()].sort((a, b) => a.first - b.first);
  const sharing = new Map<number, string>();
  let before: GuestAssignment | undefined;
  for (const block of blocks) {
    if (before !== undefined && block.first <= before.last) {
      throw new AppError(
        'conflict',
        `port block ${block.first}-${block.last} of guest "${block.guest}" overlaps ${before.first}-${before.last} of guest "${before.guest}"; expected ports of its own`,
      );
    }
    const other = block.shareId === undefined ? undefined : sharing.get(block.shareId);
    if (other !== undefined) {
      throw new AppError(
        'conflict',
        `share id ${block.shareId} of guest "${block.guest}" is already held by guest "${other}"`,
      );
    }
    if (block.shareId !== undefined) sharing.set(block.shareId, block.guest);
    before = block;
  }
}
