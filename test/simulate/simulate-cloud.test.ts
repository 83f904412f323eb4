import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../src/errors/app-error.ts';
import { parseMacRange } from '../../src/model/mac-range.ts';
import { parseChangeRate } from '../../src/simulate/change-rate.ts';
import type { CloudPlan } from '../../src/simulate/cloud-plan.ts';
import { simulateCloud } from '../../src/simulate/simulate-cloud.ts';

const small: CloudPlan = {
  nics: 100,
  range: parseMacRange('02:1a:3f:00:00:00/40'),
  strategy: 'random',
  churn: parseChangeRate('10%/day'),
  quarantine: 1800,
  dhcpLease: 86_400,
  years: 0.2,
  seed: 7,
};

const strategies = ['sequential', 'random', 'hashed', 'cycle'] as const;

test('whatever the cloud, no address is given twice and every lease is accounted for', () => {
  const plan = fc.record({
    nics: fc.integer({ min: 1, max: 300 }),
    strategy: fc.constantFrom(...strategies),
    churn: fc.constantFrom('0%/day', '10%/day', '100%/hour', '300/hour').map(parseChangeRate),
    growth: fc.constantFrom('0/day', '100%/week', '500/week').map(parseChangeRate),
    quarantine: fc.constantFrom(0, 1, 1800, 3 * 86_400),
    years: fc.constantFrom(0.0001, 0.01, 0.05),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(plan, (varied) => {
      const report = simulateCloud({ ...small, ...varied });
      const end = report.fill.at(-1);
      assert.ok(end !== undefined);
      assert.equal(report.duplicates, 0);
      assert.equal(report.leases - report.releases, end.held);
      assert.equal(report.reuse.first + report.reuse.again, report.leases);
      assert.ok(report.fill.every(({ held, quarantined }) => held + quarantined <= report.size));
      // Nothing is used again before it has rested.
      if (report.reuse.min !== undefined) assert.ok(report.reuse.min >= varied.quarantine);
      if (report.exhausted === undefined) assert.ok(end.held >= varied.nics);
    }),
    { numRuns: 60 },
  );
});

test('the same seed plays the same cloud, another seed another one', () => {
  assert.deepEqual(simulateCloud(small), simulateCloud(small));
  assert.notDeepEqual(simulateCloud({ ...small, seed: 8 }), simulateCloud(small));
});

test('luck collides about as often as the laws of chance say', () => {
  const { luck } = simulateCloud({ ...small, nics: 100_000, range: parseMacRange('02:1a:3f:00:00:00/24'), years: 0.1 });
  assert.ok(luck.expected > 1000);
  // Five standard deviations of a Poisson variable.
  const off = Math.abs(luck.collisions - luck.expected);
  assert.ok(off < 5 * Math.sqrt(luck.expected), `${luck.collisions} collisions, expected ${luck.expected}`);
});

test('581 NICs collide with 1 % chance, 1,881 with 10 %, 4,823 with 50 %: what is expected says so', () => {
  for (const [nics, chance] of [
    [581, 0.01],
    [1881, 0.1],
    [4823, 0.5],
  ] as const) {
    const { luck } = simulateCloud({ ...small, nics, range: parseMacRange('02:1a:3f:00:00:00/24'), years: 0.00001 });
    assert.ok(Math.abs(1 - Math.exp(-luck.expected) - chance) < chance * 0.01, `${luck.expected}`);
  }
});

test('sequential uses an address again as soon as it may, cycle after all others', () => {
  const sequential = simulateCloud({ ...small, nics: 10, strategy: 'sequential', churn: parseChangeRate('10/day') });
  assert.ok((sequential.reuse.median ?? 0) <= 1800 + 86_400 / 10);
  const cycle = simulateCloud({ ...small, nics: 10, strategy: 'cycle', churn: parseChangeRate('10/day') });
  // 256 addresses at 10 a day: the walk comes round after 24.6 days, and a NIC lives a day on average.
  assert.ok((cycle.reuse.median ?? 0) > 20 * 86_400);
  assert.equal(cycle.reuse.first, 256);
});

test('a cloud that grows exhausts its pool on the day that the figures say', () => {
  const { exhausted, fill } = simulateCloud({
    ...small,
    churn: parseChangeRate('0/day'),
    growth: parseChangeRate('10/day'),
  });
  assert.ok(exhausted !== undefined && Math.abs(exhausted.day - 15.7) < 0.01);
  assert.equal(exhausted.waiting, 100 + 730 - 256);
  assert.equal(fill.at(-1)?.held, 256);
});

test('addresses that rest count: a long quarantine exhausts a pool that a short one does not', () => {
  const crowded = { ...small, nics: 200, churn: parseChangeRate('20%/day') };
  assert.equal(simulateCloud({ ...crowded, quarantine: 3600 }).exhausted, undefined);
  assert.ok((simulateCloud({ ...crowded, quarantine: 3 * 86_400 }).exhausted?.day ?? 0) < 3);
});

test('the curve of reuses rises from the shortest distance to all of them', () => {
  const { reuse } = simulateCloud(small);
  assert.ok(reuse.curve.length > 2);
  assert.equal(reuse.curve.at(-1)?.share, 1);
  for (const [index, point] of reuse.curve.entries()) {
    const before = reuse.curve[index - 1];
    if (before === undefined) continue;
    assert.ok(point.seconds > before.seconds && point.share >= before.share);
  }
});

test('what would take too long or too much memory is refused with its figures', () => {
  const refused = (plan: Partial<CloudPlan>, text: RegExp) =>
    assert.throws(
      () => simulateCloud({ ...small, ...plan }),
      (error) => isAppError(error) && error.code === 'value-invalid' && text.test(error.message),
    );
  refused({ nics: 60_000_000 }, /60000000 NICs are too many to simulate; expected at most 50000000 at once/);
  refused({ growth: parseChangeRate('100%/hour'), years: 1 }, /100 NICs with a growth of 100%\/hour for 1 years/);
  refused({ nics: 1_000_000, churn: parseChangeRate('100%/hour'), years: 3 }, /about 26280000000 leases/);
  refused({ years: 101 }, /101 years cannot be simulated; expected up to 100/);
});
