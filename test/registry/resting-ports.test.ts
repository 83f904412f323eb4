import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Assignments } from '../../src/model/assignments.ts';
import { longestRested, RestingPorts } from '../../src/registry/resting-ports.ts';
import { guest, nobody, propose, seededRandom, site } from './site-builder.ts';

const limits = { portBlock: 20_000, portBlocks: 1 };
const blocksOf = ({ guests }: Assignments): Record<string, number> =>
  Object.fromEntries(Array.from(guests, ([name, { first }]) => [name, first]));

/** Guests that come and go one after the other, a second apart, as commits do. */
async function play(steps: readonly (readonly string[])[]): Promise<Record<string, number>[]> {
  const restingPorts = new RestingPorts();
  let held = nobody;
  const seen: Record<string, number>[] = [];
  for (const [second, names] of steps.entries()) {
    const wanted = site({ limits, guests: names.map((name) => guest(name)) });
    const { assignments } = await propose(wanted, held, { restingPorts });
    restingPorts.follow(held.guests, assignments.guests, 1000 * (second + 1));
    held = assignments;
    seen.push(blocksOf(held));
  }
  return seen;
}

test('a block that was given back goes to another guest last: first what nobody had, then what rested longest', async () => {
  const seen = await play([['a', 'b'], ['b'], ['b', 'c'], ['b'], ['b', 'd'], ['d'], ['d', 'e'], ['d', 'e', 'f']]);
  const at = (step: number, name: string) => seen[step]?.[name];
  assert.deepEqual([at(0, 'a'), at(0, 'b')], [1024, 21_024]);
  assert.equal(at(2, 'c'), 41_024, 'what nobody had');
  assert.equal(at(4, 'd'), 1024, 'the one of a, which rested longer than that of c');
  assert.equal(at(6, 'e'), 41_024, 'the one of c, which rested longer than that of b');
  assert.equal(at(7, 'f'), 21_024);
});

test('a block whose guest leaves with the same change goes to no one who comes with it, while there is another', async () => {
  const [, second, third] = await play([['a'], ['b'], ['c', 'd', 'e']]);
  assert.deepEqual(second, { b: 21_024 });
  assert.deepEqual(third, { c: 41_024, d: 1024, e: 21_024 });
});

test('a guest that comes back gets its own block while nobody else had it', async () => {
  const seen = await play([['a', 'b'], ['b'], ['b', 'a'], ['b'], ['b', 'c', 'd'], ['b', 'c'], ['b', 'c', 'a']]);
  assert.equal(seen[2]?.a, seen[0]?.a);
  assert.equal(seen[4]?.d, seen[0]?.a, 'there was no other');
  assert.ok(seen[6]?.a);
});

test('the run that rested longest is found among any ports, as trying every run finds it', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 200; round++) {
    const ports = 40 + random(40);
    const taken = Uint8Array.from({ length: ports }, () => (random(6) === 0 ? 1 : 0));
    const since = Float64Array.from({ length: ports }, () => random(5));
    const size = 1 + random(8);
    let best: { first: number; at: number } | undefined;
    for (let first = 0; first + size <= ports; first++) {
      if (taken.subarray(first, first + size).includes(1)) continue;
      const at = Math.max(...since.subarray(first, first + size));
      if (best === undefined || at < best.at) best = { first, at };
    }
    assert.equal(longestRested(taken, since, size), best?.first);
  }
});
