import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedPermutation } from '../../../src/registry/pools/keyed-permutation.ts';

test('every value comes exactly once, and its position is found again, for every small size', () => {
  for (let size = 1; size <= 300; size++) {
    const permutation = new KeyedPermutation(size, 'key', 'label');
    const seen = new Set<number>();
    for (let position = 0; position < size; position++) {
      const value = permutation.at(position);
      assert.ok(Number.isInteger(value) && value >= 0 && value < size);
      assert.equal(permutation.positionOf(value), position);
      seen.add(value);
    }
    assert.equal(seen.size, size);
  }
});

test('every value of 2^20 - 3 comes exactly once', () => {
  const size = 2 ** 20 - 3;
  const permutation = new KeyedPermutation(size, 'key', 'label');
  const seen = new Uint8Array(size);
  for (let position = 0; position < size; position++) seen[permutation.at(position)] = 1;
  assert.equal(seen.indexOf(0), -1);
});

test('the inverse holds for sizes up to 2^48', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 48 }), fc.nat(2 ** 48 - 1), fc.string(), (size, any, key) => {
      const permutation = new KeyedPermutation(size, key, 'label');
      const position = any % size;
      const value = permutation.at(position);
      assert.ok(value >= 0 && value < size);
      assert.equal(permutation.positionOf(value), position);
    }),
  );
});

test('another key, label or size gives another order, the same ones the same', () => {
  const order = (size: number, key: string, label: string): string => {
    const permutation = new KeyedPermutation(size, key, label);
    return Array.from({ length: 20 }, (_, position) => permutation.at(position)).join();
  };
  const orders = [order(5000, 'a', 'x'), order(5000, 'b', 'x'), order(5000, 'a', 'y'), order(5001, 'a', 'x')];
  assert.equal(new Set(orders).size, 4);
  assert.equal(order(5000, 'a', 'x'), orders[0]);
});

test('the first thousandth of the order is spread evenly over the range (chi-square)', () => {
  const size = 2 ** 24;
  const permutation = new KeyedPermutation(size, 'key', 'label');
  const cells = new Array<number>(256).fill(0);
  const low = new Array<number>(256).fill(0);
  const steps = 16_384;
  for (let position = 0; position < steps; position++) {
    const value = permutation.at(position);
    cells[value >>> 16] = (cells[value >>> 16] as number) + 1;
    low[value & 255] = (low[value & 255] as number) + 1;
  }
  // 255 degrees of freedom: mean 255, standard deviation 22.6; five of them either way.
  for (const counts of [cells, low]) {
    const expected = steps / 256;
    const square = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    assert.ok(square > 142 && square < 368, `chi-square is ${square}`);
  }
});
