import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FoldedEvents } from '../../../src/observers/recorder/folded-events.ts';

const minute = 60_000;

test('the first of a kind is told at once, then the newest every ten minutes with how many it stands for', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: string[] = [];
  const events = new FoldedEvents((_about, text) => told.push(text));
  for (let lost = 1; lost <= 1000; lost++) events.note('lost', `${lost} lost`);
  events.note('full', 'the disk is full');
  assert.deepEqual(told, ['1 lost', 'the disk is full']);
  t.mock.timers.tick(9 * minute);
  assert.equal(told.length, 2);
  t.mock.timers.tick(1 * minute);
  assert.deepEqual(told.slice(2), ['1000 lost (the newest of 999 since the last entry)']);
  events.note('lost', '1001 lost');
  t.mock.timers.tick(10 * minute);
  assert.deepEqual(told.slice(3), ['1001 lost']);
  t.mock.timers.tick(20 * minute);
  events.note('lost', '1002 lost');
  assert.deepEqual(told.slice(4), ['1002 lost'], 'after a quiet time the first is told at once again');
});

test('closing tells what is held', () => {
  const told: string[] = [];
  const events = new FoldedEvents((_about, text) => told.push(text));
  for (const text of ['a', 'b', 'c']) events.note('lost', text);
  events.close();
  assert.deepEqual(told, ['a', 'c (the newest of 2 since the last entry)']);
});
