import type { Kysely } from 'kysely';
import { advanceLeases } from './advance-state.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { appendJournal } from './journal/journal.ts';
import { planLeases } from './plan-leases.ts';
import type { RegistryState } from './registry-state.ts';
import { type Reassignment, writeRotations } from './rotations.ts';
import type { Tables } from './tables.ts';
import { writeLeases } from './write-commit.ts';

/** Writes a reassignment in one transaction and brings the state in memory to where the store is then. */
export async function reassignLeases(db: Kysely<Tables>, state: RegistryState, change: Reassignment): Promise<void> {
  const { at, assignments, journal = [] } = change;
  const leases = assignments && planLeases(state, { at, put: [], assignments });
  const turn = new EventLoopTurn();
  await db.transaction().execute(async (transaction) => {
    if (leases) await writeLeases(transaction, leases, at, turn);
    await writeRotations(transaction, change);
    await appendJournal(transaction, journal);
  });
  if (leases && assignments) {
    advanceLeases(state, leases);
    state.assignments = assignments;
  }
}
