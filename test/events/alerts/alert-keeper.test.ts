import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Observation } from '../../../src/model/event.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { openHook, openKeeper, siteOf, TestClock, temporaryDirectory, until, violation } from './open-keeper.ts';

const alice = { who: 'alice', from: 'unix socket' };
const minute = 60_000;

const cpu = (value: number, clock: TestClock): Reading => ({
  condition: 'cpu',
  subject: {},
  value,
  at: clock.now(),
  seen: `${value * 100} %`,
});

describe('a port that breaks the rules', () => {
  test('is one alert at once, however many kinds of frames it sends, and names guest, NIC, port and owner', async (t) => {
    const { keeper, publish, firing, clock } = await openKeeper(t);
    await publish(
      violation('g1', 'spoofed_arp', clock, { count: 5 }),
      violation('g1', 'spoofed_ipv4', clock, { count: 7 }),
      violation('g1', 'rogue_dhcp', clock),
      violation('g2', 'spoofed_arp', clock),
    );
    const alerts = (await firing()).filter(({ rule }) => rule === 'violation');
    assert.deepEqual(
      alerts.map(({ subject, severity, count }) => [subject, severity, count]),
      [
        [{ guest: 'g2', nic: 'g2/0', port: 'bkp-g2.0', owner: 'team-a', segment: 'dev' }, 'warning', 1],
        [{ guest: 'g1', nic: 'g1/0', port: 'bkp-g1.0', owner: 'team-a', segment: 'dev' }, 'warning', 13],
      ],
    );
    assert.deepEqual(keeper.summary(), { firing: 2, critical: 0, acknowledged: 0 });
  });

  test('is over a minute after its last frame was forgotten, and critical when it goes on for five', async (t) => {
    const { keeper, publish, pass, firing, clock } = await openKeeper(t);
    await publish(violation('g1', 'spoofed_arp', clock));
    for (let i = 0; i < 6; i++) {
      await pass(50_000);
      await publish(violation('g1', 'spoofed_arp', clock));
    }
    assert.deepEqual((await firing()).map(({ rule, severity }) => `${rule} ${severity}`).sort(), [
      'violation warning',
      'violation-lasts critical',
    ]);
    await pass(3 * minute);
    assert.deepEqual(
      (await firing()).map(({ rule }) => rule),
      ['violation-lasts'],
    );
    await pass(4 * minute);
    assert.deepEqual(await keeper.list(), []);
    const over = await keeper.list({ all: true, guest: 'g1' });
    assert.deepEqual(
      over.map(({ state }) => state),
      ['resolved', 'resolved'],
    );
    assert.ok(over.every(({ resolvedAt, firedAt }) => resolvedAt !== undefined && firedAt !== undefined));
  });

  test('is a remark while its frames are remarks, and told anew when they are more', async (t) => {
    const hook = await openHook(t);
    const { keeper, publish, pass, firing, clock } = await openKeeper(t, {
      site: siteOf(`{notifiers: [${hook.notifier}]}`),
    });
    await publish(violation('g1', 'foreign_frame', clock, { severity: 'info' }));
    const [first] = await firing();
    assert.equal(first?.severity, 'info');
    const planned = await keeper.acknowledge(first.id, 'LLDP of its host', { ...alice, onlyPlan: true });
    assert.equal(planned.acknowledged?.reason, 'LLDP of its host');
    assert.equal(keeper.summary().acknowledged, 0, 'to plan it acknowledges nothing');
    await keeper.acknowledge(first.id, 'LLDP of its host', alice);
    await publish(violation('g1', 'spoofed_arp', clock));
    await pass(1_000);
    const [second] = await firing();
    assert.deepEqual([second?.id, second?.severity, second?.acknowledged], [first.id, 'warning', undefined]);
    await until('both were told', () => hook.told.length === 2);
    assert.deepEqual(
      hook.told.map(({ stage, alert }) => `${stage} ${alert.severity}`),
      ['alert.fires info', 'alert.fires warning'],
    );
  });
});

describe('what is measured', () => {
  test('is an alert when it is too much for long enough, says what was seen, and is over when it is less for as long', async (t) => {
    const { keeper, pass, clock, firing } = await openKeeper(t);
    const hold = async (value: number, seconds: number) => {
      for (let i = 0; i < seconds; i += 5) {
        keeper.read(cpu(value, clock));
        await pass(5_000);
      }
    };
    await hold(0.9, 60);
    await hold(0.5, 5);
    await hold(0.9, 115);
    assert.deepEqual(await firing(), []);
    assert.equal((await keeper.list())[0]?.state, 'pending');
    await hold(0.9, 10);
    const [alert] = await firing();
    assert.equal(alert?.text, 'the processors of the host: at 90 %');
    assert.equal(alert.expected, 'at most 70 %');
    assert.equal(alert.seen, '90 %');
    await hold(0.6, 60);
    await hold(0.9, 5);
    await hold(0.6, 100);
    assert.equal((await firing()).length, 1);
    await hold(0.6, 30);
    assert.deepEqual(await keeper.list(), []);
  });

  test('ends when nobody measures it any more', async (t) => {
    const { keeper, pass, clock, firing } = await openKeeper(t, { site: siteOf('{rules: [{name: cpu, for: 0s}]}') });
    keeper.read(cpu(0.9, clock));
    assert.equal((await firing()).length, 1);
    await pass(10 * minute);
    assert.deepEqual(await keeper.list(), []);
  });

  test('ends when what it is about is not in the site any more', async (t) => {
    const opened = await openKeeper(t, { site: siteOf('{rules: [{name: guest-unreachable, for: 0s}]}') });
    const { publish, apply, pass, keeper, clock } = opened;
    const subject = { guest: 'g19', nic: 'g19/0', segment: 'dev' };
    const gone: Observation = {
      kind: 'unreachable',
      severity: 'warning',
      subject,
      text: 'guest g19 does not answer',
      at: clock.now(),
      lasts: 'begins',
    };
    await publish(gone);
    assert.equal((await keeper.list({ guest: 'g19' })).length, 1);
    await apply(siteOf('{rules: [{name: guest-unreachable, for: 0s}]}', 19));
    await pass(40_000);
    assert.deepEqual(await keeper.list(), []);
  });

  test('is judged alike however the clock of the host is set meanwhile', async (t) => {
    const states: string[][] = [];
    for (const jumps of [[0], [3_600_000, -86_400_000, 365 * 86_400_000]]) {
      const { keeper, pass, clock } = await openKeeper(t);
      const seen: string[] = [];
      for (let i = 0; i < 60; i++) {
        clock.wall += jumps[i % jumps.length] ?? 0;
        keeper.read(cpu(i > 10 && i < 45 ? 0.9 : 0.1, clock));
        await pass(5_000);
        const [alert] = await keeper.list();
        seen.push(alert?.state ?? '-');
      }
      states.push(seen);
    }
    assert.deepEqual(states[1], states[0]);
    assert.ok(states[0]?.includes('firing'));
    assert.equal(states[0]?.at(-1), 'firing');
  });
});

describe('who is told', () => {
  const alerts = (notifier: string, more = '') => siteOf(`{notifiers: [${notifier}]${more}}`);

  test('hears that it fires once, again every four hours until somebody acknowledges, and that it is over', async (t) => {
    const hook = await openHook(t);
    const opened = await openKeeper(t, { site: alerts(hook.notifier, ', repeat: 10m') });
    const { keeper, publish, pass, clock, firing } = opened;
    const conflict = (lasts: 'begins' | 'over'): Observation => ({
      kind: 'conflict',
      severity: 'critical',
      subject: { guest: 'g1', nic: 'g1/0', segment: 'dev' },
      text: 'two hold it',
      at: clock.now(),
      lasts,
    });
    await publish(conflict('begins'), conflict('begins'));
    await pass(11 * minute);
    const [alert] = await firing();
    await keeper.acknowledge(alert?.id ?? 0, 'on it', alice);
    await pass(15 * minute);
    await publish(conflict('over'));
    await pass(6 * minute);
    await until('all was told', () => hook.told.length >= 3);
    assert.deepEqual(
      hook.told.map(({ stage }) => stage),
      ['alert.fires', 'alert.goes-on', 'alert.over'],
    );
    assert.deepEqual(hook.told.at(-1)?.alert.acknowledged?.reason, 'on it');
    const { events } = await opened.stream.list({ kinds: ['alert'] }, { limit: 10 });
    assert.deepEqual(events.map(({ detail, state, who }) => [detail, state, who]).reverse(), [
      ['conflict', 'over', undefined],
      ['conflict-acknowledged', 'once', 'alice'],
    ]);
  });

  test('hears nothing of what is silenced, until the silence is over; it is shown with the silence', async (t) => {
    const hook = await openHook(t);
    const { keeper, publish, pass, clock, firing } = await openKeeper(t, { site: alerts(hook.notifier) });
    const silence = await keeper.silence({ guest: 'g1', seconds: 300, reason: 'maintenance' }, alice);
    const shout = () => publish(violation('g1', 'spoofed_arp', clock), violation('g2', 'spoofed_arp', clock));
    await shout();
    const silencedBy = async () => (await firing()).find(({ subject }) => subject.guest === 'g1')?.silencedBy;
    assert.equal(await silencedBy(), silence.id);
    await until('the other was told', () => hook.told.length === 1);
    assert.equal(hook.told[0]?.alert.subject.guest, 'g2');
    for (let i = 0; i < 7; i++) {
      await pass(50_000);
      await shout();
    }
    assert.equal(await silencedBy(), undefined);
    assert.deepEqual(await keeper.silences(), []);
    const toldOfFirst = () => hook.told.filter(({ alert }) => alert.subject.guest === 'g1').map(({ stage }) => stage);
    await until('the silence is over', () => toldOfFirst().length > 0);
    assert.ok(toldOfFirst().every((stage) => stage === 'alert.fires'));
  });

  test('a silence with a name that is not there is refused with the one that may be meant', async (t) => {
    const { keeper } = await openKeeper(t);
    const order = { seconds: 60, reason: 'x' };
    await assert.rejects(keeper.silence({ ...order, rule: 'violatoin' }, alice), /did you mean "violation"/);
    await assert.rejects(keeper.silence({ ...order, guest: 'g100' }, alice), /no guest "g100"; did you mean "g10"/);
    await assert.rejects(keeper.silence({ ...order, segment: 'dew' }, alice), /did you mean "dev"/);
    await assert.rejects(keeper.silence({ ...order, ofOwner: 'team-b' }, alice), /did you mean "team-a"/);
  });

  test('only alerts that fire can be acknowledged', async (t) => {
    const { keeper, clock } = await openKeeper(t);
    await assert.rejects(keeper.acknowledge(4711, 'x', alice), { code: 'not-found' });
    keeper.read(cpu(0.9, clock));
    const [pending] = await keeper.list();
    await assert.rejects(keeper.acknowledge(pending?.id ?? 0, 'x', alice), { code: 'conflict' });
  });
});

describe('a daemon that is killed', () => {
  test('knows its alerts, acknowledgements and silences again, tells nobody twice, and uses no number twice', async (t) => {
    const directory = temporaryDirectory(t);
    const hook = await openHook(t);
    const clock = new TestClock();
    const site = siteOf(`{notifiers: [${hook.notifier}]}`);
    const first = await openKeeper(t, { directory, clock, site });
    await first.publish(violation('g1', 'spoofed_arp', clock), violation('g2', 'spoofed_arp', clock));
    const before = await first.firing();
    const [second, one] = before;
    await first.keeper.acknowledge(one?.id ?? 0, 'on it', alice);
    const silence = await first.keeper.silence({ segment: 'dev', seconds: 3_600, reason: 'maintenance' }, alice);
    await until('both were told', () => hook.told.length === 2);
    await first.pass(1_000);
    await first.kill();
    clock.pass(30_000);
    const again = await openKeeper(t, { directory, clock, site });
    const after = await again.firing();
    assert.deepEqual(
      after.map(({ id, subject, acknowledged, silencedBy, firedAt }) => [
        id,
        subject.guest,
        acknowledged?.reason,
        silencedBy,
        firedAt,
      ]),
      [
        [second?.id, 'g2', undefined, silence.id, second?.firedAt],
        [one?.id, 'g1', 'on it', silence.id, one?.firedAt],
      ],
    );
    await again.keeper.unsilence(silence.id, alice);
    await again.publish(
      violation('g1', 'spoofed_arp', clock),
      violation('g2', 'spoofed_arp', clock),
      violation('g3', 'spoofed_arp', clock),
    );
    await until('the third was told', () => hook.told.length >= 3);
    assert.deepEqual(
      hook.told.map(({ alert }) => alert.subject.guest),
      ['g1', 'g2', 'g3'],
    );
    const third = (await again.firing())[0];
    assert.ok((third?.id ?? 0) > silence.id);
  });

  test('does not go on for ever with an alert whose end it slept through', async (t) => {
    const directory = temporaryDirectory(t);
    const clock = new TestClock();
    const first = await openKeeper(t, { directory, clock });
    first.keeper.read({ ...cpu(0.99, clock), condition: 'pool-fill', subject: { pool: 'p' } });
    assert.equal((await first.firing()).length, 2);
    await first.pass(1_000);
    await first.kill();
    const again = await openKeeper(t, { directory, clock });
    assert.equal((await again.firing()).length, 2);
    await again.pass(7 * minute);
    assert.deepEqual(await again.firing(), []);
  });
});

describe('a registry', () => {
  test('that cannot be written keeps nobody from hearing of alerts, but an acknowledgement is refused', async (t) => {
    const hook = await openHook(t);
    const opened = await openKeeper(t, { site: siteOf(`{notifiers: [${hook.notifier}]}`) });
    const { keeper, stream, registry, firing, clock, log } = opened;
    await registry.close();
    stream.publish(violation('g1', 'spoofed_arp', clock));
    await until('it fires', async () => (await firing()).length === 1);
    await until('it was told', () => hook.told.length === 1);
    const [alert] = await firing();
    await assert.rejects(keeper.acknowledge(alert?.id ?? 0, 'on it', alice), { code: 'registry-failed' });
    assert.equal((await firing())[0]?.acknowledged, undefined);
    await assert.rejects(keeper.silence({ guest: 'g1', seconds: 60, reason: 'x' }, alice), { code: 'registry-failed' });
    assert.deepEqual(await keeper.silences(), []);
    await keeper.look();
    assert.equal(log.filter((line) => line.startsWith('alerts could not be kept')).length, 1);
  });

  test('out of which an owner was erased has no alerts about him, and memory neither', async (t) => {
    const { keeper, publish, pass, registry, clock } = await openKeeper(t);
    await publish(violation('g1', 'spoofed_arp', clock), violation('g2', 'spoofed_arp', clock));
    await pass(3 * minute);
    await publish(violation('g1', 'spoofed_arp', clock));
    await keeper.look();
    const about = (await keeper.list({ guest: 'g1', all: true })).map(({ id }) => String(id));
    assert.equal(about.length, 2 + 1);
    await registry.kept.change('alert', { remove: about });
    await keeper.reload();
    const left = await keeper.list({ all: true });
    assert.deepEqual(
      left.filter(({ state }) => state !== 'pending').map(({ subject }) => subject.guest),
      ['g2'],
    );
  });
});

describe('rules of the site', () => {
  test('end alerts of rules that are taken out, and change those that stay', async (t) => {
    const { keeper, publish, apply, firing, clock } = await openKeeper(t);
    await publish(violation('g1', 'spoofed_arp', clock));
    await apply(siteOf('{rules: [{name: violation, severity: critical, owner: ops}]}'));
    const [alert] = await firing();
    assert.deepEqual([alert?.severity, alert?.owner], ['critical', 'ops']);
    await apply(siteOf('{rules: [{name: violation, off: true}]}'));
    assert.deepEqual(await firing(), []);
    const [over] = await keeper.list({ state: 'resolved' });
    assert.match(over?.text ?? '', /its rule is gone/);
  });

  test('may be about one guest, owner, segment or detail only', async (t) => {
    const rules = `[{name: violation, off: true}, {name: mine, when: violation, guest: g2, only: [spoofed_arp], for: 0s}]`;
    const { publish, firing, clock } = await openKeeper(t, { site: siteOf(`{rules: ${rules}}`) });
    await publish(violation('g1', 'spoofed_arp', clock), violation('g2', 'spoofed_ipv4', clock));
    assert.deepEqual(await firing(), []);
    await publish(violation('g2', 'spoofed_arp', clock));
    assert.deepEqual(
      (await firing()).map(({ rule, subject }) => [rule, subject.guest]),
      [['mine', 'g2']],
    );
  });

  test('have one alert for all subjects that there is no room for, and memory for no more', async (t) => {
    const { keeper, publish, pass, firing, clock } = await openKeeper(t, {
      most: 10,
      site: siteOf('{rules: [{name: violation-lasts, off: true}]}', 200),
    });
    await publish(...Array.from({ length: 200 }, (_, i) => violation(`g${i}`, 'spoofed_arp', clock)));
    const alerts = await firing();
    assert.equal(alerts.length, 11);
    assert.deepEqual(alerts[0]?.subject, {});
    assert.match(alerts[0]?.text ?? '', /at more places than can be told apart, the last: guest g199/);
    await pass(20 * minute);
    assert.deepEqual(await keeper.list(), []);
  });
});

test('what only happens counts once for each time that it happened, however often that is told', async (t) => {
  const { keeper, publish, pass, clock, firing } = await openKeeper(t);
  for (let i = 0; i < 5; i++) {
    await publish({
      kind: 'session-log',
      severity: 'warning',
      subject: { service: 'recorder' },
      detail: 'lost',
      text: 'messages were lost',
      at: clock.now(),
    });
    await pass(2_000);
  }
  assert.deepEqual(
    (await firing()).map(({ rule, count }) => [rule, count]),
    [['session-log', 5]],
  );
  await pass(2 * minute);
  assert.equal((await keeper.list({ all: true }))[0]?.count, 5);
});
