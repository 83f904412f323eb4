import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Expiry } from '../../../src/observers/recorder/expiry.ts';
import { temporaryDirectory } from '../../reconciler/open-engine.ts';

const day = 86_400_000;

test('a log that nobody writes is kept to its age all the same, what was not packed included', async (t) => {
  const directory = join(temporaryDirectory(t), 'sessions');
  mkdirSync(directory);
  const dayName = (ago: number): string => `${new Date(Date.now() - ago * day).toISOString().slice(0, 10)}.sessions`;
  const write = (name: string, ago: number): void => {
    writeFileSync(join(directory, name), '');
    utimesSync(join(directory, name), new Date(Date.now() - ago * day), new Date(Date.now() - ago * day));
  };
  for (const ago of [1, 5, 31, 32]) write(dayName(ago), ago);
  write('journal-3', 40);
  write('journal-4', 29);
  const told: string[] = [];
  const expiry = new Expiry(directory, { keepDays: 30, mostBytes: 1e9 }, (_, text) => told.push(text));
  await expiry.close();
  assert.deepEqual(readdirSync(directory).sort(), [dayName(5), dayName(1), 'journal-4'].sort());
  assert.equal(told.length, 1);
  assert.match(
    told[0] ?? '',
    /^the log of sessions: sessions of 2 days up to .* were removed: they are older than 30 days$/,
  );
});

test('a log that never was is nobody’s concern', async (t) => {
  const told: string[] = [];
  const directory = join(temporaryDirectory(t), 'sessions');
  const expiry = new Expiry(directory, { keepDays: 30, mostBytes: 1e9 }, (_, text) => told.push(text));
  await expiry.close();
  assert.deepEqual(told, []);
});
