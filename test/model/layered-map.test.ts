import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LayeredMap } from '../../src/model/layered-map.ts';

const change = fc.tuple(fc.integer({ min: 0, max: 400 }).map(String), fc.option(fc.integer(), { nil: undefined }));
const changes = fc.array(fc.array(change, { maxLength: 120 }), { maxLength: 12 });

test('a layered map holds what a plain map with the same changes holds, and earlier ones stay as they were', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      const plain = new Map<string, number>();
      let layered = new LayeredMap<number>();
      const earlier: [LayeredMap<number>, string][] = [];
      const text = (map: ReadonlyMap<string, number>): string => JSON.stringify([...map].sort());
      for (const step of steps) {
        earlier.push([layered, text(layered)]);
        layered = layered.with(step);
        for (const [key, value] of step) {
          if (value === undefined) plain.delete(key);
          else plain.set(key, value);
        }
        assert.equal(text(layered), text(plain));
        assert.equal(layered.size, plain.size);
        assert.deepEqual([...layered.keys()].sort(), [...plain.keys()].sort());
        for (const [key] of step) {
          assert.equal(layered.get(key), plain.get(key));
          assert.equal(layered.has(key), plain.has(key));
        }
      }
      for (const [map, before] of earlier) assert.equal(text(map), before);
    }),
  );
});

test('a changed entry keeps its place and a new one comes last', () => {
  const map = new LayeredMap(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ).with([
    ['a', 3],
    ['c', 4],
  ]);
  assert.deepEqual(
    [...map],
    [
      ['a', 3],
      ['b', 2],
      ['c', 4],
    ],
  );
});
