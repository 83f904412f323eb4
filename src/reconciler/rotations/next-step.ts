import type { StoredRotation } from '../../registry/rotations.ts';

/** Milliseconds since each address was last heard; absent: not that anybody knows. */
export interface Silence {
  readonly old?: number;
  readonly fresh?: number;
}

/**
 * `move`: host and DHCP expect the new address. `return`: they expect the old one again, both stay allowed. `finish`:
 * the old one retires. `take back`: the new one goes.
 */
export type RotationStep = 'move' | 'return' | 'finish' | 'take back';

/** A guest that has moved may have sent some frames before in the other order; this much later is no accident. */
const settled = 3_000;

const never = Number.POSITIVE_INFINITY;

/**
 * What a rotation does next, by what was heard. Pure. `now` in ms since the epoch; `listening` since when (ms since the
 * epoch) addresses are listened for, for silence before that proves nothing. A step that is not due is undefined.
 */
export function nextStep(
  rotation: Pick<StoredRotation, 'phase' | 'phaseSince' | 'deadline' | 'grace' | 'hook'>,
  silence: Silence,
  now: number,
  listening: number,
): RotationStep | undefined {
  const { old = never, fresh = never } = silence;
  const overdue = rotation.deadline !== undefined && now >= rotation.deadline;
  if (rotation.phase === 'prepared') {
    if (fresh < old) return 'move';
    return overdue && rotation.hook !== 'due' ? 'take back' : undefined;
  }
  if (rotation.phase !== 'moved') return undefined;
  const moved = now - rotation.phaseSince;
  // The guest went back to its old address by itself (a restart with the old configuration): the host follows it.
  if (moved > settled && old < moved - settled && old + settled < fresh) return 'return';
  if (rotation.hook === 'due') return undefined;
  const silent = Math.min(old, now - Math.max(rotation.phaseSince, listening));
  return overdue || silent >= rotation.grace * 1000 ? 'finish' : undefined;
}
