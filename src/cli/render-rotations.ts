import type { RotationView } from '../client/rotations.ts';
import { renderTable, renderTime } from './output.ts';

const words: Readonly<Record<RotationView['phase'], string>> = {
  waiting: 'waits for its turn',
  prepared: 'may use both',
  moved: 'has moved',
  failed: 'failed',
};

/** What a rotation waits for, or why it failed. */
function stateOf(rotation: RotationView): string {
  const { phase, source, hook, error, deadline, grace } = rotation;
  if (error !== undefined) return error;
  if (phase === 'waiting') return rotation.origin === 'request' ? '' : rotation.origin;
  const until = deadline === undefined ? '' : `, until ${renderTime(deadline)} at most`;
  if (source === 'request') {
    if (phase === 'moved') return `the old one retires after ${grace} s`;
    const by = deadline === undefined ? '' : `, by ${renderTime(deadline)} at the latest`;
    return `give it the new one, then say --moved${by}`;
  }
  if (phase === 'moved') return `the old one retires when it was silent for ${grace} s${until}`;
  return `${hook === 'due' ? 'its hook runs' : 'the guest takes the new one at its next start'}${until}`;
}

export function renderRotations(rotations: readonly RotationView[]): string[] {
  const rows = rotations.map((rotation) => [
    `${rotation.guest}/${rotation.nic}`,
    words[rotation.phase],
    rotation.from,
    rotation.to ?? '-',
    stateOf(rotation),
  ]);
  return renderTable(['NIC', 'phase', 'old MAC', 'new MAC', 'next'], rows);
}
