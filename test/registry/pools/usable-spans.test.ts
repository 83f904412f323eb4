import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeSpans } from '../../../src/registry/pools/pool-space.ts';
import { UsableSpans } from '../../../src/registry/pools/usable-spans.ts';

test('ranks number what is no hole from the lowest address up', () => {
  const spans = fc.array(fc.tuple(fc.nat(99), fc.nat(30)), { maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99 }), spans, (length, list) => {
      const [first, last] = [1000, 1000 + length];
      const holes = mergeSpans(list.map(([at, size]) => ({ first: first + at, last: first + at + size })));
      const usable = new UsableSpans({ first, last, holes });
      const open: number[] = [];
      for (let mac = first; mac <= last; mac++) {
        if (!holes.some((hole) => mac >= hole.first && mac <= hole.last)) open.push(mac);
      }
      assert.equal(usable.size, open.length);
      for (let mac = first - 2; mac <= last + 2; mac++) {
        assert.equal(usable.rankOf(mac), open.indexOf(mac), `rankOf(${mac})`);
        const next = open.findIndex((other) => other >= mac);
        assert.equal(usable.rankFrom(mac), next < 0 ? open.length : next, `rankFrom(${mac})`);
      }
      for (const [rank, mac] of open.entries()) assert.equal(usable.addressOf(rank), mac);
    }),
  );
});

test('a pool that is all holes has no address', () => {
  const usable = new UsableSpans({ first: 10, last: 20, holes: [{ first: 10, last: 20 }] });
  assert.equal(usable.size, 0);
  assert.equal(usable.rankOf(15), -1);
  assert.equal(usable.rankFrom(15), 0);
});
