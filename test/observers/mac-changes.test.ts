import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredNic, DesiredState } from '../../src/model/desired-state.ts';
import { MacObserver } from '../../src/observers/mac.ts';
import { watched } from './watched.ts';

/** Twenty NICs of one segment, some of which are as it is said. */
function stateWith(changes: Readonly<Record<number, { mac?: string; also?: string }>>): DesiredState {
  const nics = Array.from({ length: 20 }, (_, i) => {
    const id = `g${i}/0`;
    return { id, segment: 'dev', port: `p${i}`, mac: `02:00:00:00:00:${10 + i}`, ...changes[i] };
  });
  return {
    nics: new Map(nics.map((nic) => [nic.id, nic as unknown as DesiredNic])),
    segments: new Map([['dev', { name: 'dev', bridge: 'br-dev' }]]),
  } as unknown as DesiredState;
}

async function sharesAfter(...states: DesiredState[]): Promise<number[]> {
  const world = watched();
  const observer = new MacObserver(world.parts);
  for (const state of states) {
    world.desired = state;
    await observer.look();
  }
  return world.readings.slice(-1).map(({ value }) => value);
}

const given = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [i, { mac: `02:00:00:00:01:${10 + i}` }]));

test('three NICs of twenty that were given another address are a wave, two are none', async () => {
  assert.deepEqual(await sharesAfter(stateWith({}), stateWith(given(3))), [0.15]);
  assert.deepEqual(await sharesAfter(stateWith({}), stateWith(given(2))), [0]);
});

test('a rotation of all NICs is no wave, from its begin to its end', async () => {
  const all = Array.from({ length: 20 }, (_, i) => i);
  const [before, after] = [(i: number) => `02:00:00:00:00:${10 + i}`, (i: number) => `02:00:00:00:02:${10 + i}`];
  const begun = stateWith(Object.fromEntries(all.map((i) => [i, { also: after(i) }])));
  const turned = stateWith(Object.fromEntries(all.map((i) => [i, { mac: after(i), also: before(i) }])));
  const done = stateWith(Object.fromEntries(all.map((i) => [i, { mac: after(i) }])));
  assert.deepEqual(await sharesAfter(stateWith({}), begun, turned, done), [0]);
});
