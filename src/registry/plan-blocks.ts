import { AppError } from '../errors/app-error.ts';
import { blocksOf, type GuestAssignment } from '../model/assignments.ts';
import { type PortRange, renderPortRange } from '../model/port-range.ts';
import type { Commit } from './registry.ts';
import type { RegistryState } from './registry-state.ts';
import type { PortBlockRow } from './tables.ts';

/** What becomes of port blocks in one change. */
export interface BlockWrites {
  /** First ports of the blocks that end. No two blocks that are held begin with the same port. */
  readonly ended: readonly number[];
  readonly started: readonly PortBlockRow[];
}

/** Port blocks that end and begin with a change. Throws `conflict` when two overlap or a share id is given twice. */
export function planBlocks(
  state: RegistryState,
  commit: Pick<Commit, 'assignments' | 'at' | 'kernelSince'>,
): BlockWrites {
  const [before, after] = [state.assignments.guests, commit.assignments.guests];
  const ended: number[] = [];
  const started: PortBlockRow[] = [];
  if (before === after) return { ended, started };
  for (const [guest, had] of before) if (!after.has(guest)) for (const { first } of blocksOf(had)) ended.push(first);
  for (const [guest, held] of after) {
    const had = before.get(guest);
    if (had === held) continue;
    const old = had === undefined ? [] : blocksOf(had);
    const fresh = blocksOf(held);
    for (let place = 0; place < Math.max(old.length, fresh.length); place++) {
      const [was, is] = [old[place], fresh[place]];
      if (was && is && sameRange(was, is) && had?.shareId === held.shareId) continue;
      if (was) ended.push(was.first);
      if (is)
        started.push(
          rowOf(held, is, place, { id: state.next.block + started.length, since: commit.kernelSince ?? commit.at }),
        );
    }
  }
  if (started.length > 0) refuseOverlaps(after);
  return { ended, started };
}

const rowOf = (
  { guest, shareId }: GuestAssignment,
  { first, last }: PortRange,
  place: number,
  begin: { id: number; since: number },
): PortBlockRow => ({
  ...begin,
  guest,
  first_port: first,
  last_port: last,
  share_id: shareId ?? null,
  place,
  until: null,
});

const sameRange = (a: PortRange, b: PortRange): boolean => a.first === b.first && a.last === b.last;

/** A unique key cannot see that two ranges overlap, so this is looked at here. */
function refuseOverlaps(guests: ReadonlyMap<string, GuestAssignment>): void {
  const sharing = new Map<number, string>();
  for (const { guest, shareId } of guests.values()) {
    const other = shareId === undefined ? undefined : sharing.get(shareId);
    if (other !== undefined) {
      throw new AppError('conflict', `share id ${shareId} of guest "${guest}" is already held by guest "${other}"`);
    }
    if (shareId !== undefined) sharing.set(shareId, guest);
  }
  const blocks = [...guests.values()]
    .flatMap((held) => blocksOf(held).map((range) => ({ guest: held.guest, range })))
    .sort((a, b) => a.range.first - b.range.first);
  for (const [i, { guest, range }] of blocks.entries()) {
    const before = blocks[i - 1];
    if (before === undefined || range.first > before.range.last) continue;
    throw new AppError(
      'conflict',
      `port block ${renderPortRange(range)} of guest "${guest}" overlaps ${renderPortRange(before.range)} of guest "${before.guest}"; expected ports of its own`,
    );
  }
}
