import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  holdsAddress,
  type LeaseEvent,
  leaseEvents,
  leaseStates,
  nextLeaseState,
} from '../../../src/registry/leases/lease-states.ts';
import type { LeaseState } from '../../../src/registry/leases/leases.ts';
import { code } from '../../conformance/registry/samples.ts';

/** Every pair of state and event, and where it leads; the rest must be refused. Written down apart from the program. */
const allowed: Readonly<Record<LeaseState, Readonly<Partial<Record<LeaseEvent, LeaseState>>>>> = {
  free: { reserve: 'reserved', lease: 'active' },
  reserved: { activate: 'active', release: 'quarantined', free: 'free', 'take over': 'free' },
  active: { retire: 'retiring', release: 'quarantined', free: 'free', 'take over': 'free' },
  retiring: { restore: 'active', release: 'quarantined', free: 'free' },
  quarantined: { free: 'free' },
};

describe('the states of a lease', () => {
  for (const state of leaseStates) {
    for (const event of leaseEvents) {
      const next = allowed[state][event];
      test(`"${event}" of a ${state} address ${next === undefined ? 'is refused' : `makes it ${next}`}`, () => {
        if (next !== undefined) return assert.equal(nextLeaseState(state, event, 'lease 7'), next);
        assert.throws(
          () => nextLeaseState(state, event, 'lease 7'),
          code('conflict', new RegExp(`lease 7 is "${state}".*"${event}"`)),
        );
      });
    }
  }

  test('an address is held while it is reserved, active or retiring', () => {
    assert.deepEqual(leaseStates.filter(holdsAddress), ['reserved', 'active', 'retiring']);
  });

  test('every state can be reached from free, and free from every state', () => {
    const reach = (from: LeaseState): Set<LeaseState> => {
      const seen = new Set<LeaseState>([from]);
      for (const state of seen) for (const next of Object.values(allowed[state])) seen.add(next);
      return seen;
    };
    for (const state of leaseStates) assert.equal(reach(state).size, leaseStates.length, state);
  });
});
