import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../src/errors/app-error.ts';
import { parseChangeRate } from '../../src/simulate/change-rate.ts';
import { Fleet } from '../../src/simulate/fleet.ts';
import { RestingQueue } from '../../src/simulate/resting-queue.ts';
import { ReuseDistances } from '../../src/simulate/reuse-distances.ts';
import { SeededRandom } from '../../src/simulate/seeded-random.ts';

test('rates are a share of the NICs or a number, per hour, day, week or year', () => {
  assert.deepEqual(parseChangeRate('2%/day'), { text: '2%/day', perDay: 0.02, ofNics: true });
  assert.deepEqual(parseChangeRate('500/hour'), { text: '500/hour', perDay: 12_000, ofNics: false });
  assert.equal(parseChangeRate('36.5%/year').perDay, 0.001);
  assert.equal(parseChangeRate('7/week').perDay, 1);
});

test('other rates are refused with what was seen', () => {
  for (const text of ['', '2%', '2/month', '-1/day', '1e3/day', '2 %/day', '101%/hour', '9999999999999/day']) {
    assert.throws(
      () => parseChangeRate(text),
      (error) => isAppError(error) && error.code === 'value-invalid' && error.message.includes(JSON.stringify(text)),
    );
  }
});

test('addresses rest in the order of their release, however many', () => {
  const queue = new RestingQueue();
  const plain: { place: number; tick: number }[] = [];
  for (let tick = 1; tick < 400; tick++) {
    for (let each = 0; each < tick % 37; each++) {
      plain.push({ place: tick * 100 + each, tick });
      queue.push(tick * 100 + each, tick);
    }
    for (let place = queue.shift(tick - 150); place >= 0; place = queue.shift(tick - 150)) {
      const expected = plain.shift();
      assert.equal(place, expected?.place);
      assert.ok((expected?.tick ?? tick) <= tick - 150);
    }
    assert.equal(queue.size, plain.length);
    assert.ok((plain[0]?.tick ?? tick) > tick - 150);
  }
});

test('NICs leave and join under numbers without gaps, and each keeps its place', () => {
  const step = fc.record({ leave: fc.nat(8), join: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(), (steps, seed) => {
      const random = new SeededRandom(seed);
      const fleet = new Fleet(300, 2 ** 40);
      /** Place of each NIC by number. */
      const plain = new Map<number, number>();
      let next = 2 ** 33;
      for (const { leave, join } of steps) {
        const gone = fleet.leave(leave, random);
        assert.deepEqual(
          gone,
          fleet.vacant.map((nic) => plain.get(nic)),
        );
        for (const nic of fleet.vacant) plain.delete(nic);
        for (let each = 0; each < join; each++) {
          const nic = fleet.join(next);
          assert.equal(plain.has(nic), false);
          plain.set(nic, next++);
        }
        fleet.close((from, to) => {
          plain.set(to, plain.get(from) as number);
          plain.delete(from);
        });
        assert.equal(fleet.active, plain.size);
        assert.deepEqual(
          [...plain.keys()].sort((a, b) => a - b),
          Array.from({ length: plain.size }, (_, nic) => nic),
        );
      }
    }),
  );
});

test('distances of reuse are counted as a plain list would', () => {
  const event = fc.record({ place: fc.nat(9), gap: fc.nat(20), lease: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
      const reuse = new ReuseDistances(10, 1300);
      const releasedAt = new Map<number, number>();
      const distances: number[] = [];
      let [tick, first] = [0, 0];
      for (const { place, gap, lease } of events) {
        tick += gap;
        if (!lease) {
          reuse.release([place], tick);
          releasedAt.set(place, tick);
          continue;
        }
        reuse.lease(place, tick);
        const before = releasedAt.get(place);
        if (before === undefined) first++;
        else distances.push(tick - before);
      }
      distances.sort((a, b) => a - b);
      const report = reuse.report(60, 600);
      assert.equal(report.first, first);
      assert.equal(report.again, distances.length);
      assert.equal(report.insideDhcpLease, distances.filter((distance) => distance * 60 < 600).length);
      if (distances.length === 0) return;
      assert.equal(report.min, (distances[0] as number) * 60);
      assert.equal(report.median, (distances[Math.ceil(distances.length / 2) - 1] as number) * 60);
      for (const { seconds, share } of report.curve) {
        assert.equal(share, distances.filter((distance) => distance * 60 <= seconds).length / distances.length);
      }
    }),
  );
});

test('seeded random numbers are even, small range and large (chi-square)', () => {
  const random = new SeededRandom(1);
  for (const max of [16, 2 ** 30, 2 ** 44]) {
    const cells = new Array<number>(16).fill(0);
    for (let draw = 0; draw < 16_000; draw++) {
      const cell = Math.floor((random.below(max) / max) * 16);
      cells[cell] = (cells[cell] as number) + 1;
    }
    const square = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 15 degrees of freedom; the seed is fixed, so this is not a matter of luck.
    assert.ok(square > 2 && square < 40, `chi-square is ${square}`);
  }
});
