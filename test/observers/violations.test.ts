import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DroppedFrame, Violation } from '../../src/drivers/driver.ts';
import type { Observation } from '../../src/model/event.ts';
import type { ObserverParts } from '../../src/observers/observer.ts';
import { ViolationsObserver } from '../../src/observers/violations.ts';
import { listFrames } from '../kernel/guard-frames.ts';

const holder = (n: number) => ({ mac: `02:1a:3f:00:00:0${n}`, ipv4: `10.0.0.${n}`, ipv6: `fd00::${n}` }) as never;
const spoofed = listFrames(holder(1), holder(2), '203.0.113.10' as never).bad[0]?.frame as Buffer;

/** An observer before a guard that is played here: what it has counted, and examples of it. */
function open() {
  const published: Observation[] = [];
  const counts = new Map<string, Violation>();
  const logged: string[] = [];
  let time = 1_000_000;
  let show: (dropped: DroppedFrame) => void = () => {};
  let failing = false;
  let slow = 0;
  let looks = 0;
  const parts = {
    driver: {
      violations: async () => {
        looks++;
        if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
        if (failing) throw new Error('no netlink today');
        return [...counts.values()];
      },
      watchViolations: (onFrame: typeof show) => {
        show = onFrame;
      },
    },
    clock: { now: () => time, monotonic: () => time },
    log: { info: () => {}, warn: (_: object, text: string) => logged.push(text), error: () => {} },
    site: () => undefined,
    desired: () => null,
    events: { publish: (observation: Observation) => published.push(observation) },
    readings: { read: () => {} },
    subjects: { byPort: (port: string) => (port === 'tap1' ? { guest: 'web1', nic: 'web1/0', port } : { port }) },
  } as unknown as ObserverParts;
  const observer = new ViolationsObserver(parts);
  return {
    observer,
    published,
    logged,
    set: (offence: string, port: string, count: number | undefined) => {
      if (count === undefined) counts.delete(`${offence} ${port}`);
      else counts.set(`${offence} ${port}`, { offence, port, count });
    },
    show: (offence: string, port: string, frame: Buffer = spoofed) => show({ offence, port, at: time, frame }),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    slow: (milliseconds: number) => {
      slow = milliseconds;
    },
    looks: () => looks,
    fail: (value: boolean) => {
      failing = value;
    },
  };
}

test('what the guard has counted since its rules were made is told at once, with an example', async () => {
  const { observer, published, set, show } = open();
  observer.start();
  set('spoofed_ipv4', 'tap1', 12);
  show('spoofed_ipv4', 'tap1');
  await observer.look();
  await observer.close();
  assert.equal(published.length, 1);
  const [event] = published;
  assert.equal(event?.kind, 'violation');
  assert.equal(event?.detail, 'spoofed_ipv4');
  assert.equal(event?.count, 12);
  assert.equal(event?.done, 'dropped');
  assert.deepEqual(event?.lasts, { quietAfter: 60_000 });
  assert.deepEqual(event?.subject, { guest: 'web1', nic: 'web1/0', port: 'tap1' });
  assert.match(event?.text ?? '', /^port "tap1" of guest "web1" sent 12 frames from MAC address 02:1a:3f:ee:ee:01 /);
  assert.match(event?.seen ?? '', /^UDP from 10\.0\.0\.1 port 7777 .* from 02:1a:3f:ee:ee:01 to 02:1a:3f:00:00:02$/);
});

test('a flood is told once a second, and no frame of it is left out', async () => {
  const { observer, published, set, pass } = open();
  await observer.look();
  for (let i = 1; i <= 40; i++) {
    set('spoofed_arp', 'tap1', i * 25_000);
    await observer.look();
    pass(250);
  }
  pass(1_000);
  await observer.look();
  assert.ok(published.length >= 9 && published.length <= 12, `${published.length}`);
  assert.equal(
    published.reduce((sum, { count = 0 }) => sum + count, 0),
    1_000_000,
  );
  assert.match(published.at(-1)?.text ?? '', /sent 1,000,000 frames/);
});

test('counts that begin anew, or are hidden for a moment while rules are changed, are neither lost nor doubled', async () => {
  const { observer, published, set, pass } = open();
  const look = async () => {
    await observer.look();
    pass(1_000);
  };
  const sum = () => published.reduce((all, { count = 0 }) => all + count, 0);
  await look();
  set('foreign_frame', 'tap1', 100);
  await look();
  set('foreign_frame', 'tap1', undefined);
  await look();
  set('foreign_frame', 'tap1', 103);
  await look();
  assert.equal(sum(), 103);
  set('foreign_frame', 'tap1', 7);
  await look();
  assert.equal(sum(), 110);
  set('foreign_frame', 'tap1', undefined);
  for (let i = 0; i < 12; i++) await look();
  set('foreign_frame', 'tap1', 9);
  await look();
  assert.equal(sum(), 119);
});

test('each port and offence is an event of its own, also of a port that no NIC has; a storm is of its own kind', async () => {
  const { observer, published, set } = open();
  await observer.look();
  set('spoofed_ipv4', 'tap1', 1);
  set('rogue_dhcp', 'tap1', 1);
  set('storm', 'tap1', 50);
  set('spoofed_ipv4', 'tap9', 1);
  await observer.look();
  assert.deepEqual(published.map(({ kind, detail, subject }) => [kind, detail, subject.port]).sort(), [
    ['storm', undefined, 'tap1'],
    ['violation', 'rogue_dhcp', 'tap1'],
    ['violation', 'spoofed_ipv4', 'tap1'],
    ['violation', 'spoofed_ipv4', 'tap9'],
  ]);
  const stranger = published.find(({ subject }) => subject.port === 'tap9');
  assert.match(stranger?.text ?? '', /port "tap9", which no NIC of the site has, sent 1 frame /);
  assert.equal(stranger?.expected, 'nothing: no NIC of the site is there');
});

test('after a minute of quiet the count in the sentence begins anew', async () => {
  const { observer, published, set, pass } = open();
  await observer.look();
  set('spoofed_ipv4', 'tap1', 10);
  await observer.look();
  pass(61_000);
  await observer.look();
  set('spoofed_ipv4', 'tap1', 13);
  await observer.look();
  assert.match(published[1]?.text ?? '', /sent 3 frames/);
});

test('an example hastens the look; a guard that cannot be asked is said once and asked again', async () => {
  const { observer, published, logged, set, show, fail } = open();
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (let i = 0; i < 1_000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(holds(), what);
  };
  // Its own timers do not keep a process alive.
  const alive = setInterval(() => {}, 1_000);
  observer.start();
  await observer.look();
  set('spoofed_ipv4', 'tap1', 2);
  show('spoofed_ipv4', 'tap1');
  await until('it is told', () => published.length === 1);
  fail(true);
  await until('the failure is logged', () => logged.length > 0);
  fail(false);
  set('spoofed_ipv6', 'tap1', 2);
  await until('it is told after the failure', () => published.length === 2);
  assert.equal(logged.length, 1);
  await observer.close();
  clearInterval(alive);
});

test('looks that take long, because thousands of ports offend, leave most of the time to others', async () => {
  const { observer, set, show, slow, looks } = open();
  slow(100);
  const started = performance.now();
  observer.start();
  // Each is new, and asks for a look at once.
  for (let i = 0; i < 100; i++) {
    set('spoofed_ipv4', `tap${i}`, 1);
    show('spoofed_ipv4', `tap${i}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await observer.close();
  const passed = performance.now() - started;
  assert.ok(looks() >= 2 && looks() <= 2 + passed / 500, `${looks()} looks in ${passed} ms`);
});
