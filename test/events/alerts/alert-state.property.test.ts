import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AlertState, type AlertTurn, advance, quiet } from '../../../src/events/alerts/alert-state.ts';

const duration = fc.constantFrom(0, 1_000, 10_000, 60_000);
const anyTimes = fc.record({ for: duration, clear: duration });
/** Looks with the milliseconds between them and what was seen. */
const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.boolean()), { minLength: 1, maxLength: 200 });

interface Turn {
  readonly at: number;
  readonly turn: Exclude<AlertTurn, undefined>;
}

function run(times: { for: number; clear: number }, seen: readonly (readonly [number, boolean])[]) {
  const turns: Turn[] = [];
  const log: { at: number; holds: boolean; state: AlertState }[] = [];
  let state = quiet;
  let at = 1_000_000;
  for (const [after, holds] of seen) {
    at += after;
    const next = advance(state, holds, times, at);
    state = next.state;
    if (next.turn) turns.push({ at, turn: next.turn });
    log.push({ at, holds, state });
  }
  return { turns, log };
}

describe('an alert, whatever its condition does,', () => {
  test('begins and ends in turns', () => {
    fc.assert(
      fc.property(anyTimes, looks, (times, seen) => {
        const { turns } = run(times, seen);
        for (const [i, { turn }] of turns.entries()) assert.equal(turn, i % 2 === 0 ? 'fires' : 'over');
      }),
    );
  });

  test('fires only after it was true at every look for as long as the rule says, and ends only after as long a false', () => {
    fc.assert(
      fc.property(anyTimes, looks, (times, seen) => {
        const { turns, log } = run(times, seen);
        for (const { at, turn } of turns) {
          const wait = turn === 'fires' ? times.for : times.clear;
          const before = log.filter((look) => look.at <= at && look.at > at - wait);
          for (const { holds } of before) assert.equal(holds, turn === 'fires');
          // And the look at the beginning of that time had said so, too.
          assert.equal(log.findLast((look) => look.at <= at - wait)?.holds, turn === 'fires');
        }
      }),
    );
  });

  test('does not flap: two turns are never nearer than the times of the rule', () => {
    fc.assert(
      fc.property(anyTimes, looks, (times, seen) => {
        const { turns } = run(times, seen);
        turns.slice(1).forEach(({ at, turn }, i) => {
          const apart = at - (turns[i] as Turn).at;
          assert.ok(apart >= (turn === 'over' ? times.clear : times.for), `${turn} after ${apart} ms`);
        });
      }),
    );
  });

  test('fires once and stays, where the value swings around its threshold faster than the rule clears', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), (every) => {
        const swinging = Array.from({ length: 100 }, (_, i) => [every, i % 2 === 0] as const);
        assert.equal(run({ for: 5_000, clear: 5_000 }, swinging).turns.length, 0);
        const { turns } = run({ for: 0, clear: 5_000 }, swinging);
        assert.deepEqual(
          turns.map(({ turn }) => turn),
          ['fires'],
        );
      }),
    );
  });

  test('fires when it stays true, and is over when it stays false', () => {
    fc.assert(
      fc.property(anyTimes, looks, (times, seen) => {
        const steady = (holds: boolean) => Array.from({ length: 40 }, () => [2_000, holds] as const);
        const end = (all: readonly (readonly [number, boolean])[]) => run(times, all).log.at(-1)?.state.phase;
        assert.equal(end([...seen, ...steady(true)]), 'firing');
        assert.equal(end([...seen, ...steady(false)]), 'quiet');
      }),
    );
  });
});
