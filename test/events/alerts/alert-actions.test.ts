import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openHook, openKeeper, siteOf, until, violation } from './open-keeper.ts';

const isolating = '{name: violation, action: {isolate: 10m}}';

describe('a rule that isolates', () => {
  test('cuts the NIC off for its time, and who is told hears that', async (t) => {
    const hook = await openHook(t);
    const site = siteOf(`{rules: [${isolating}], notifiers: [${hook.notifier}]}`);
    const { publish, isolation, pass, clock, firing } = await openKeeper(t, { site });
    await publish(violation('g1', 'spoofed_arp', clock));
    await until('it is isolated', async () => (await isolation.list()).length === 1);
    const [held] = await isolation.list();
    assert.equal(held?.nic, 'g1/0');
    assert.equal(held.until - held.since, 600_000);
    assert.match(held.reason, /^alert \d+, rule "violation": guest g1/);
    await until('it was told', () => hook.told.length === 1);
    assert.match(hook.told[0]?.alert.done ?? '', /^NIC "g1\/0" isolated until 2026-/);
    assert.match((await firing())[0]?.done ?? '', /isolated until/);
    await pass(1_000);
    assert.equal(hook.told.length, 1);
  });

  test('limits instead, where it says so', async (t) => {
    const site = siteOf('{rules: [{name: violation, action: {limit: 100/second, time: 5m}}]}');
    const { publish, isolation, clock } = await openKeeper(t, { site });
    await publish(violation('g1', 'spoofed_arp', clock));
    await until('it is limited', async () => (await isolation.list()).length === 1);
    assert.equal((await isolation.list())[0]?.limit, '100/second');
  });

  test('cuts off no more than its share of all NICs, and says so', async (t) => {
    const { publish, isolation, clock, firing } = await openKeeper(t, { site: siteOf(`{rules: [${isolating}]}`) });
    await publish(...Array.from({ length: 20 }, (_, i) => violation(`g${i}`, 'spoofed_arp', clock)));
    await until('all was tried', async () => (await firing()).every(({ done }) => done !== undefined));
    assert.equal((await isolation.list()).length, 2);
    const refused = (await firing()).filter(({ done }) => done?.startsWith('not isolated: rules may isolate 2 of 20'));
    assert.equal(refused.length, 18);
  });

  test('leaves alone what is no port of a guest, and what a human has isolated', async (t) => {
    const { publish, isolation, clock, firing } = await openKeeper(t, { site: siteOf(`{rules: [${isolating}]}`) });
    await isolation.isolate({ guest: 'g1', seconds: 60, reason: 'by hand' }, { who: 'alice', from: 'unix socket' });
    await publish(
      violation('g1', 'spoofed_arp', clock),
      violation('g2', 'spoofed_arp', clock, { subject: { port: 'eth0' } }),
      violation('g3', 'spoofed_arp', clock, { subject: { guest: 'gone', nic: 'gone/0', port: 'bkp-gone.0' } }),
    );
    await until('all was tried', async () => (await firing()).every(({ done }) => done !== undefined));
    assert.deepEqual(
      (await isolation.list()).map(({ nic, who }) => [nic, who]),
      [['g1/0', 'alice']],
    );
    const done = (await firing()).map((alert) => alert.done?.replace(/until [^,]+/, 'until …')).sort();
    assert.deepEqual(done, [
      "not isolated: it is not known which guest's NIC it is",
      "not isolated: it is not known which guest's NIC it is",
      'was isolated already, until …, by alice',
    ]);
  });

  test('does it again when its time is over and it goes on, but not against a human who let it go', async (t) => {
    const { publish, isolation, pass, clock } = await openKeeper(t, { site: siteOf(`{rules: [${isolating}]}`) });
    const held = async () => (await isolation.list()).length;
    await publish(violation('g1', 'spoofed_arp', clock));
    await until('it is isolated', async () => (await held()) === 1);
    await isolation.undo({ guest: 'g1' }, { who: 'alice', from: 'unix socket' });
    for (let i = 0; i < 11; i++) {
      assert.equal(await held(), 0);
      await pass(50_000);
      await publish(violation('g1', 'spoofed_arp', clock));
    }
    await pass(60_000);
    await publish(violation('g1', 'spoofed_arp', clock));
    await pass(1_000);
    await until('it is isolated again', async () => (await held()) === 1);
  });

  test('lets go whoever has stopped, although it is an alert for a while', async (t) => {
    const site = siteOf('{rules: [{name: violation, action: {isolate: 10s}}]}');
    const { publish, isolation, pass, clock, firing } = await openKeeper(t, { site });
    await publish(violation('g1', 'spoofed_arp', clock));
    await until('it is isolated', async () => (await isolation.list()).length === 1);
    await pass(11_000);
    await until('it is let go', async () => (await isolation.list()).length === 0);
    await pass(20_000);
    assert.equal((await firing()).length, 1);
    assert.equal((await isolation.list()).length, 0);
    await publish(violation('g1', 'spoofed_arp', clock));
    await pass(1_000);
    await until('it is isolated again', async () => (await isolation.list()).length === 1);
  });

  test('never isolates whom an intrusion detection system says was attacked', async (t) => {
    const site = siteOf('{rules: [{name: ids, action: {isolate: 10m}}]}');
    const { publish, isolation, clock, firing } = await openKeeper(t, { site });
    const ids = (guest: string, detail: string) => violation(guest, detail, clock, { kind: 'ids' });
    await publish(ids('g1', '2100498:target'), ids('g2', '2100498'));
    await until('all was tried', async () => (await firing()).every(({ done }) => done !== undefined));
    assert.deepEqual(
      (await isolation.list()).map(({ nic }) => nic),
      ['g2/0'],
    );
  });
});
