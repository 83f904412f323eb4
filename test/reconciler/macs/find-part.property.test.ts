import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPart, gapsOf } from '../../../src/reconciler/macs/find-part.ts';
import { mergeSpans, type Span } from '../../../src/registry/pools/pool-space.ts';

const space: Span = { first: 4096 + 3, last: 4096 + 900 };

const inside = fc.integer({ min: space.first, max: space.last });
const holesArbitrary = fc
  .array(fc.tuple(inside, fc.integer({ min: 0, max: 60 })), { maxLength: 8 })
  .map((spans) => mergeSpans(spans.map(([first, size]) => ({ first, last: Math.min(space.last, first + size) }))));
const leasesArbitrary = fc.uniqueArray(inside, { maxLength: 60 });

/** The same by looking at every aligned part, lowest first. */
function findSlowly(size: number, holes: readonly Span[], leases: readonly number[]): Span | undefined {
  for (let first = Math.ceil(space.first / size) * size; first + size - 1 <= space.last; first += size) {
    const last = first + size - 1;
    const blocked =
      holes.some((hole) => hole.first <= last && first <= hole.last) ||
      leases.some((mac) => mac >= first && mac <= last);
    if (!blocked) return { first, last };
  }
  return undefined;
}

test('the part that is found is the lowest aligned one without holes and leases, and there is none only if there is none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 9 }), holesArbitrary, leasesArbitrary, async (bits, holes, leases) => {
      const count = async ({ first, last }: Span): Promise<number> =>
        leases.filter((mac) => mac >= first && mac <= last).length;
      assert.deepEqual(await findPart(space, 2 ** bits, holes, count), findSlowly(2 ** bits, holes, leases));
    }),
    { numRuns: 500 },
  );
});

test('gaps and holes together are the whole, and do not overlap', () => {
  fc.assert(
    fc.property(holesArbitrary, (holes) => {
      const all = [...gapsOf(space, holes), ...holes].sort((a, b) => a.first - b.first);
      let next = space.first;
      for (const { first, last } of all) {
        assert.equal(first, next);
        assert.ok(last >= first);
        next = last + 1;
      }
      assert.equal(next, space.last + 1);
    }),
  );
});
