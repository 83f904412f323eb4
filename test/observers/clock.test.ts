import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockObserver } from '../../src/observers/clock.ts';
import { watched } from './watched.ts';

/** An observer that has looked once, and clocks that stand still until they are told otherwise. */
function clockAtNoon() {
  const world = watched();
  const boot = { seconds: 1_000 };
  const observer = new ClockObserver(world.parts, () => boot.seconds);
  observer.look();
  /** Time goes by for all clocks, the one on the wall by more or less, and some of it asleep. */
  const after = (elapsed: { awake?: number; asleep?: number; set?: number }): string[] => {
    const { awake = 0, asleep = 0, set = 0 } = elapsed;
    world.time.monotonic += awake;
    world.time.now += awake + asleep + set;
    boot.seconds += (awake + asleep) / 1000;
    observer.look();
    return world.take();
  };
  return { after, world, observer };
}

test('a clock that only goes on is nothing to tell, nor is what NTP corrects in small steps', () => {
  const { after } = clockAtNoon();
  assert.deepEqual(after({ awake: 1_000 }), []);
  assert.deepEqual(after({ awake: 60_000 }), []);
  for (let step = 0; step < 20; step++) assert.deepEqual(after({ awake: 1_000, set: 900 }), []);
});

test('a clock that was set is told with from and to', () => {
  const { after, world, observer } = clockAtNoon();
  assert.deepEqual(after({ awake: 1_000, set: 3_600_000 }), [
    'the clock was set forward by 3600 s: from 2026-11-22T12:00:01.000Z to 2026-11-22T13:00:01.000Z',
  ]);
  assert.deepEqual(after({ awake: 1_000, set: -1_500 }), [
    'the clock was set back by 1.5 s: from 2026-11-22T13:00:02.000Z to 2026-11-22T13:00:00.500Z',
  ]);
  assert.deepEqual(after({ awake: 1_000 }), []);
  world.time.now += 5_000;
  observer.look();
  const [observation] = world.observations;
  assert.equal(observation?.kind, 'clock');
  assert.equal(observation?.detail, 'forward');
  assert.equal(observation?.seen, '2026-11-22T13:00:06.500Z');
  assert.equal(observation?.expected, '2026-11-22T13:00:01.500Z');
});

test('a host that slept is told as that, and not as a clock that was set', () => {
  const { after } = clockAtNoon();
  const [text = '', ...more] = after({ awake: 500, asleep: 7_200_000 });
  assert.match(text, /^the host slept for 7200 s: from 2026-11-22T12:00:00.500Z to 2026-11-22T14:00:00.500Z$/);
  assert.deepEqual(more, []);
  assert.deepEqual(
    after({ awake: 1_000, asleep: 60_000, set: 10_000 }).map((one) => one.slice(0, 30)),
    ['the host slept for 60 s: from ', 'the clock was set forward by 1'],
  );
});

test('a reading that took long is taken again: what happened between two clocks is no jump', () => {
  const world = watched();
  let slow = 2;
  const clock = {
    ...world.parts.clock,
    now: () => {
      // The process was stopped for a minute between the clocks.
      if (slow-- > 0) world.pass(60_000);
      return world.time.now;
    },
  };
  const observer = new ClockObserver({ ...world.parts, clock }, () => world.time.monotonic / 1000);
  observer.look();
  world.pass(1_000);
  slow = 2;
  observer.look();
  assert.deepEqual(world.take(), []);
});
