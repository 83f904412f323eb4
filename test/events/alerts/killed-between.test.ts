import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kept } from '../../../src/registry/kept/kept.ts';
import { freePort } from '../notifiers/child-server.ts';
import { openHook, openKeeper, siteOf, TestClock, temporaryDirectory, until, violation } from './open-keeper.ts';

const minute = 60_000;

/** A disk that is gone after so many transactions about alerts and messages, as for a process that is killed then. */
function goneAfter(transactions: number): { keptIn: (kept: Kept) => Kept; gone: () => boolean } {
  let left = transactions;
  let gone = false;
  const keptIn = (kept: Kept): Kept => ({
    load: (kind) => kept.load(kind),
    one: (kind, id) => kept.one(kind, id),
    change: async (kind, change, journal) => {
      if (kind !== 'alert' && kind !== 'message') return kept.change(kind, change, journal);
      if (left-- <= 0) {
        gone = true;
        throw new Error('the process was killed');
      }
      return kept.change(kind, change, journal);
    },
  });
  return { keptIn, gone: () => gone };
}

test('a daemon that is killed between any two transactions tells that an alert began, and that it is over', async (t) => {
  let survived = false;
  for (let transactions = 1; !survived; transactions++) {
    assert.ok(transactions < 30, 'the alert ends within 30 transactions');
    const directory = temporaryDirectory(t);
    const clock = new TestClock();
    const nobody = `{name: hook, kind: webhook, url: "http://127.0.0.1:${await freePort()}/"}`;
    const disk = goneAfter(transactions);
    const site = siteOf(`{notifiers: [${nobody}]}`);
    const first = await openKeeper(t, { directory, clock, site, keptIn: disk.keptIn });
    await first.publish(violation('g1', 'spoofed_arp', clock));
    for (let i = 0; i < 36 && !disk.gone(); i++) await first.pass(5_000);
    survived = !disk.gone();
    await first.kill();

    const hook = await openHook(t);
    const second = await openKeeper(t, { directory, clock, site: siteOf(`{notifiers: [${hook.notifier}]}`) });
    await second.pass(10 * minute);
    const heard = (stage: string) => hook.told.filter((told) => told.stage === stage).map(({ alert }) => alert.id);
    const where = `after ${transactions} transactions`;
    await until(`it is told ${where}`, () => heard('alert.over').length > 0 && heard('alert.fires').length > 0);
    assert.equal(hook.told.at(-1)?.stage, 'alert.over', where);
    // Each of which somebody heard that it began is over, under the same number.
    assert.deepEqual(new Set(heard('alert.fires')), new Set(heard('alert.over')), where);
    // One frame has not lasted for five minutes because a daemon was killed.
    assert.ok(
      hook.told.every(({ alert }) => alert.rule === 'violation'),
      where,
    );
    assert.equal((await second.firing()).length, 0, where);
    await second.kill();
  }
});
