import type { CommitWrites } from './plan-commit.ts';
import type { Commit } from './registry.ts';
import { objectKeyOf, type RegistryState, revisionOf } from './registry-state.ts';

/** Brings the state in memory to where the store is after a commit that was written. */
export function advanceState(state: RegistryState, commit: Commit, writes: CommitWrites): void {
  const { revision, closed, objects, blocks } = writes;
  const places = new Map(closed.map((row) => [objectKeyOf(row), row.place]));
  for (const row of objects) {
    const key = objectKeyOf(row);
    // A Map keeps the place of a key that stays, so one that moves has to leave first.
    if (places.get(key) !== row.place) state.objects.delete(key);
    places.delete(key);
    state.objects.set(key, { row });
  }
  for (const key of places.keys()) state.objects.delete(key);
  state.next = {
    block: state.next.block + blocks.started.length,
    place: objects.reduce((next, row) => Math.max(next, row.place + 1), state.next.place),
  };
  state.resting.follow(state.assignments.guests, commit.assignments.guests, commit.at);
  state.assignments = commit.assignments;
  state.head = revisionOf(revision);
}
