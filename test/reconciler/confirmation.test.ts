import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../src/errors/app-error.ts';
import { Confirmation } from '../../src/reconciler/confirmation.ts';
import type { Revision } from '../../src/registry/registry.ts';

const start = Date.UTC(2026, 0, 1);

/** A machine whose time can be set while its monotonic clock goes on. */
function settableClock() {
  let set = 0;
  const begun = performance.now();
  return {
    now: () => start + set + performance.now() - begun,
    monotonic: () => performance.now(),
    set(milliseconds: number) {
      set += milliseconds;
    },
  };
}

const pending: Revision = {
  number: 7,
  at: start,
  author: 'tester',
  comment: 'apply',
  summary: { added: 1, removed: 0, changed: 0 },
  confirmBy: start + 400,
  fallback: 6,
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function watched(clock: ReturnType<typeof settableClock>) {
  const rolledBack: number[] = [];
  const confirmation = new Confirmation(clock, silent, async (revision) => {
    rolledBack.push(revision);
  });
  confirmation.watch(pending);
  return { confirmation, rolledBack };
}

for (const [name, jump] of [
  ['an hour back', -3_600_000],
  ['an hour forward', 3_600_000],
] as const) {
  test(`an unconfirmed revision goes back when its time is over, also when the machine's time is set ${name}`, async () => {
    const clock = settableClock();
    const { confirmation, rolledBack } = watched(clock);
    clock.set(jump);
    confirmation.watch(pending);
    await sleep(150);
    assert.deepEqual(rolledBack, [], 'not before');
    await sleep(450);
    assert.deepEqual(rolledBack, [7]);
    confirmation.close();
  });
}

test('a daemon that starts with the time set back waits no longer than the revision was given', async () => {
  const clock = settableClock();
  clock.set(-3_600_000);
  const { confirmation, rolledBack } = watched(clock);
  assert.throws(
    () => confirmation.refuseWhilePending(pending),
    (error) => isAppError(error) && /rolls back by itself in 1 s/.test(error.message),
  );
  await sleep(600);
  assert.deepEqual(rolledBack, [7]);
  confirmation.close();
});
