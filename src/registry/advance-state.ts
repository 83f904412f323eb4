import { nicId } from '../model/site.ts';
import type { CommitWrites } from './plan-commit.ts';
import type { LeaseWrites } from './plan-leases.ts';
import type { Commit } from './registry.ts';
import { objectKeyOf, type RegistryState, revisionOf } from './registry-state.ts';

/** Brings the state in memory to where the store is after a commit that was written. */
export function advanceState(state: RegistryState, commit: Commit, writes: CommitWrites): void {
  const { revision, closed, objects, leases, blocks } = writes;
  const places = new Map(closed.map((row) => [objectKeyOf(row), row.place]));
  for (const row of objects) {
    const key = objectKeyOf(row);
    // A Map keeps the place of a key that stays, so one that moves has to leave first.
    if (places.get(key) !== row.place) state.objects.delete(key);
    places.delete(key);
    state.objects.set(key, { row });
  }
  for (const key of places.keys()) state.objects.delete(key);
  advanceLeases(state, leases);
  state.next = {
    ...state.next,
    block: state.next.block + blocks.length,
    place: objects.reduce((next, row) => Math.max(next, row.place + 1), state.next.place),
  };
  state.assignments = commit.assignments;
  state.head = revisionOf(revision);
}

/** The part of it that leases are. */
export function advanceLeases(state: RegistryState, leases: LeaseWrites): void {
  for (const { id, nic, lease } of leases.released) {
    state.leaseIds.delete(nic);
    state.remembered.set(id, lease);
  }
  for (const id of leases.forgotten) state.remembered.delete(id);
  for (const row of leases.started) state.leaseIds.set(nicId(row.guest, row.nic), row.id);
  state.next = { ...state.next, lease: state.next.lease + leases.started.length };
}
