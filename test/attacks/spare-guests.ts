import type { Attack } from './attack.ts';
import type { AttackLab } from './lab.ts';
import { type AttackOutcome, runAttack } from './run-attack.ts';
import { isOnlyLate } from './verdict.ts';

/** Guests for attacks that are tried again: an alert about the first guest goes on for a minute. */
export const spareGuests: readonly string[] = ['spare-1', 'spare-2', 'spare-3', 'spare-4', 'spare-5', 'spare-6'];

/**
 * Carries out an attack, and once more from another guest when nothing was wrong but the time it took: the machine was
 * busy with something else. Whatever arrived, changed or was not told counts at once.
 */
export function attackRunner(lab: AttackLab): (attack: Attack) => Promise<AttackOutcome> {
  const spare = [...spareGuests];
  return async (attack) => {
    const outcome = await runAttack(lab, attack);
    const guest = isOnlyLate(outcome) ? spare.shift() : undefined;
    return guest === undefined ? outcome : runAttack(lab, attack, guest);
  };
}
