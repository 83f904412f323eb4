import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FreeMap } from '../../../src/registry/pools/free-map.ts';

/** A map and, beside it, a plain set that says what it should answer. */
function pair(size: number): { map: FreeMap; taken: Set<number> } {
  return { map: new FreeMap(size), taken: new Set() };
}

function expectSame({ map, taken }: { map: FreeMap; taken: Set<number> }, probes: readonly number[]): void {
  assert.equal(map.taken, taken.size);
  assert.equal(map.free, map.size - taken.size);
  for (const probe of probes) {
    const index = probe % map.size;
    assert.equal(map.has(index), taken.has(index), `has(${index})`);
    let lowest = index;
    while (taken.has(lowest)) lowest++;
    assert.equal(map.lowestFree(index), lowest < map.size ? lowest : -1, `lowestFree(${index})`);
    // The nth free index has exactly n free ones before it.
    const nth = map.nthFree(index);
    if (index >= map.free) assert.equal(nth, -1);
    else {
      assert.equal(taken.has(nth), false, `nthFree(${index}) is taken`);
      const before = [...taken].filter((other) => other < nth).length;
      assert.equal(nth - before, index, `nthFree(${index})`);
    }
  }
}

/** Sizes around the spans of leaves and branches. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.constantFrom(2 ** 15 - 1, 2 ** 15, 2 ** 15 + 1, 2 ** 21 - 1, 2 ** 21, 2 ** 21 + 1, 2 ** 24, 2 ** 28, 2 ** 40),
);
/** Runs of neighbours fill whole leaves; single ones are lonely. */
const steps = fc.array(
  fc.record({
    take: fc.boolean(),
    start: fc.oneof(fc.nat(2 ** 40 - 1), fc.nat(100), fc.nat(2 ** 16)),
    length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 80 }), fc.constantFrom(512, 2 ** 15, 2 ** 15 + 3)),
  }),
  { maxLength: 12 },
);

test('a free map answers like a plain set, whatever is taken and given', () => {
  fc.assert(
    fc.property(sizes, steps, fc.array(fc.nat(2 ** 40 - 1), { maxLength: 10 }), (size, list, probes) => {
      const both = pair(size);
      const edges: number[] = [0, size - 1];
      for (const { take, start, length } of list) {
        const first = start % size;
        const end = Math.min(size, first + length);
        for (let index = first; index < end; index++) {
          if (take) {
            assert.equal(both.map.take(index), !both.taken.has(index));
            both.taken.add(index);
          } else assert.equal(both.map.give(index), both.taken.delete(index));
        }
        edges.push(first, end - 1, end % size, Math.max(0, first - 1));
      }
      expectSame(both, [...edges, ...probes]);
    }),
    { numRuns: 60 },
  );
});

test('a map that was filled in any order has no free index, and every one that is given back is found', () => {
  const size = 2 ** 15 + 1000;
  const map = new FreeMap(size);
  for (let step = 0; step < size; step++) assert.equal(map.take((step * 7919) % size), true);
  assert.equal(map.free, 0);
  assert.equal(map.lowestFree(), -1);
  assert.equal(map.nthFree(0), -1);
  for (const index of [0, 511, 512, 32_767, 32_768, size - 1]) {
    assert.equal(map.give(index), true);
    assert.equal(map.lowestFree(), index);
    assert.equal(map.lowestFree(index), index);
    assert.equal(map.lowestFree(index + 1), -1);
    assert.equal(map.nthFree(0), index);
    assert.equal(map.take(index), true);
  }
});

test('an index outside of the map counts as taken and is never given', () => {
  const map = new FreeMap(100);
  for (const index of [-1, 100, 2 ** 15, Number.NaN]) {
    assert.equal(map.has(index), true);
    assert.equal(map.take(index), false);
    assert.equal(map.give(index), false);
  }
  assert.equal(map.free, 100);
  assert.equal(map.lowestFree(100), -1);
  assert.equal(new FreeMap(0).lowestFree(), -1);
  assert.throws(() => new FreeMap(2 ** 41), RangeError);
});

test('2^40 indices, of which a million far apart are taken, fit into memory', () => {
  const map = new FreeMap(2 ** 40);
  const before = process.memoryUsage();
  for (let step = 0; step < 1_000_000; step++) map.take((step * 7_919_000_003) % 2 ** 40);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert.ok(grown < 400e6, `it grew by ${grown} bytes`);
  assert.equal(map.taken, 1_000_000);
  assert.equal(map.lowestFree(7_919_000_003), 7_919_000_004);
});
