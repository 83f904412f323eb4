import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fill } from '../../../src/registry/leases/leases.ts';
import { capacityOf } from '../../../src/registry/pools/capacity.ts';

const hour = 3_600_000;
const begin = Date.UTC(2026, 0, 1);

/** One fill an hour, `held` by hours since the begin. */
function hourly(hours: number, held: (hour: number) => number): Fill[] {
  return Array.from({ length: hours }, (_, at) => ({ at: begin + at * hour, held: held(at), quarantined: 0 }));
}

function near(actual: number | undefined, expected: number, part = 0.02): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= Math.abs(expected) * part,
    `${actual} is not about ${expected}`,
  );
}

test('a pool that grows evenly is full when its free addresses are used up at that growth', () => {
  const history = hourly(24 * 30, (at) => at * 10);
  const capacity = capacityOf(20_000, { at: begin + 720 * hour, held: 7000, quarantined: 200 }, history);
  assert.equal(capacity.free, 12_800);
  assert.equal(capacity.percent, 36);
  near(capacity.overall?.perDay, 240);
  near(capacity.overall?.daysUntilFull, 12_800 / 240);
  near(capacity.recent?.perDay, 240);
});

test('the recent growth is that of the last seven days', () => {
  const history = hourly(24 * 37, (at) => (at < 24 * 30 ? 1000 : 1000 + (at - 24 * 30) * 5));
  const current = { at: begin + 37 * 24 * hour, held: 1840, quarantined: 0 };
  const { overall, recent } = capacityOf(10_000, current, history);
  near(recent?.perDay, 120);
  assert.ok((overall?.perDay ?? 0) > 0 && (overall?.perDay ?? 0) < 60);
  assert.ok((overall?.daysUntilFull ?? 0) > (recent?.daysUntilFull ?? 0));
});

test('what does not grow has no day on which it is full', () => {
  const flat = capacityOf(
    1000,
    { at: begin + 72 * hour, held: 10, quarantined: 0 },
    hourly(3, () => 10),
  );
  assert.deepEqual(flat.overall, { perDay: 0 });
  const shrinking = hourly(72, (at) => 500 - at);
  const { overall } = capacityOf(1000, { at: begin + 72 * hour, held: 428, quarantined: 0 }, shrinking);
  near(overall?.perDay, -24);
  assert.equal(overall?.daysUntilFull, undefined);
});

test('nothing is said about growth in the first day', () => {
  const current = { at: begin + 23 * hour, held: 23, quarantined: 0 };
  const capacity = capacityOf(
    1000,
    current,
    hourly(23, (at) => at),
  );
  assert.equal(capacity.overall, undefined);
  assert.equal(capacity.recent, undefined);
  assert.equal(capacityOf(1000, current, []).overall, undefined);
});

test('a full pool is full in 0 days, and one without addresses is full', () => {
  const current = { at: begin + 100 * hour, held: 90, quarantined: 15 };
  const full = capacityOf(
    100,
    current,
    hourly(100, (at) => at),
  );
  assert.equal(full.free, 0);
  assert.equal(full.percent, 105);
  assert.equal(full.overall?.daysUntilFull, 0);
  assert.equal(capacityOf(0, { ...current, held: 0, quarantined: 0 }, []).percent, 100);
});

test('an hour with many changes weighs no more than a quiet one', () => {
  const quiet = hourly(24 * 10, (at) => at);
  const burst = Array.from({ length: 5000 }, (_, step) => ({ at: begin + 48 * hour + step, held: 48, quarantined: 0 }));
  const history = [...quiet, ...burst].sort((a, b) => a.at - b.at);
  const { overall } = capacityOf(1000, { at: begin + 240 * hour, held: 240, quarantined: 0 }, history);
  near(overall?.perDay, 24);
});

test('whatever the history, the figures are finite', () => {
  const fill = fc.record({ gap: fc.nat(40 * hour), held: fc.nat(1e6), quarantined: fc.nat(1e6) });
  fc.assert(
    fc.property(fc.nat(2 ** 24), fc.array(fill), (size, list) => {
      let at = begin;
      const history = list.map(({ gap, held, quarantined }) => {
        at += gap;
        return { at, held, quarantined };
      });
      const current = history.pop() ?? { at, held: 0, quarantined: 0 };
      const { overall, recent, free } = capacityOf(size, current, history);
      assert.ok(free >= 0 && free <= size);
      for (const growth of [overall, recent]) {
        if (growth === undefined) continue;
        assert.ok(Number.isFinite(growth.perDay));
        if (growth.daysUntilFull !== undefined) assert.ok(growth.daysUntilFull >= 0);
      }
    }),
  );
});
