import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nextStep } from '../../../src/reconciler/rotations/next-step.ts';

const began = 1_000_000;
const prepared = {
  phase: 'prepared',
  phaseSince: began,
  deadline: began + 3_600_000,
  grace: 60,
  hook: 'none',
} as const;
const moved = { ...prepared, phase: 'moved' } as const;

describe('a rotation whose guest may use both addresses', () => {
  test('waits while the guest uses the old one, and moves on with its first frame from the new one', () => {
    assert.equal(nextStep(prepared, {}, began + 10, began), undefined);
    assert.equal(nextStep(prepared, { old: 5 }, began + 10, began), undefined);
    assert.equal(nextStep(prepared, { old: 50, fresh: 1 }, began + 100, began), 'move');
    assert.equal(nextStep(prepared, { fresh: 1 }, began + 100, began), 'move');
    assert.equal(nextStep(prepared, { old: 1, fresh: 5_000 }, began + 9_000, began), undefined);
  });

  test('is taken back when the guest has not moved by the end of the overlap, but not while its hook runs', () => {
    const late = prepared.deadline;
    assert.equal(nextStep(prepared, { old: 1 }, late - 1, began), undefined);
    assert.equal(nextStep(prepared, { old: 1 }, late, began), 'take back');
    assert.equal(nextStep({ ...prepared, hook: 'due' }, { old: 1 }, late, began), undefined);
    assert.equal(
      nextStep(prepared, { old: 50, fresh: 1 }, late, began),
      'move',
      'who moves at the last moment has moved',
    );
  });
});

describe('a rotation whose guest has moved', () => {
  test('ends when the old address was silent for the grace, counted from when it was listened for', () => {
    assert.equal(nextStep(moved, { fresh: 1 }, began + 59_999, began), undefined);
    assert.equal(nextStep(moved, { fresh: 1 }, began + 60_000, began), 'finish');
    assert.equal(nextStep(moved, { old: 10_000, fresh: 1 }, began + 60_000, began), undefined);
    assert.equal(nextStep(moved, { old: 60_000, fresh: 1 }, began + 80_000, began), 'finish');
    assert.equal(
      nextStep(moved, { fresh: 1 }, began + 100_000, began + 90_000),
      undefined,
      'a daemon that has just come',
    );
    assert.equal(nextStep({ ...moved, hook: 'due' }, { fresh: 1 }, began + 60_000, began), undefined, 'its hook runs');
  });

  test('ends with the overlap although the old address is heard', () => {
    assert.equal(nextStep(moved, { old: 100, fresh: 50 }, moved.deadline, began), 'finish');
  });

  test('returns when the guest uses its old address again and is silent with the new one', () => {
    assert.equal(nextStep(moved, { old: 10, fresh: 2_000 }, began + 20_000, began), undefined, 'it may be an accident');
    assert.equal(nextStep(moved, { old: 10, fresh: 4_000 }, began + 20_000, began), 'return');
    assert.equal(nextStep(moved, { old: 10 }, began + 20_000, began), 'return', 'a hook that did nothing');
    assert.equal(nextStep(moved, { old: 10 }, began + 500, began), undefined, 'it has only just moved');
  });
});

test('no address that was heard last within the grace is taken away before the overlap ends', () => {
  const silence = fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.constantFrom(prepared, moved),
      silence,
      silence,
      fc.integer({ min: 0, max: 3_599_999 }),
      fc.constantFrom('none', 'due', 'done', 'failed'),
      (rotation, old, fresh, after, hook) => {
        const heard = { ...(old === undefined ? {} : { old }), ...(fresh === undefined ? {} : { fresh }) };
        const step = nextStep({ ...rotation, hook } as typeof rotation, heard, began + after, began);
        assert.notEqual(step, 'take back');
        if (step === 'finish') assert.ok((old ?? Infinity) >= rotation.grace * 1000);
      },
    ),
  );
});
