import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../../src/errors/app-error.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Child, firstLine, start, stop } from './children.ts';

let directory: string;
let children: Child[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bk-lock-'));
});

afterEach(async () => {
  await Promise.all(children.map(stop));
  children = [];
  await rm(directory, { recursive: true });
});

const open = () => openSqliteRegistry({ directory, now: Date.now });
const hold = (): Child => {
  const child = start('open-and-hold.ts', directory);
  children.push(child);
  return child;
};

test('of four processes that open one new directory at once, one gets it and the others are told who', async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, async () => JSON.parse(await firstLine(hold()))));
  const winners = answers.filter(({ opened }) => opened);
  assert.equal(winners.length, 1);
  for (const loser of answers.filter(({ opened }) => !opened)) {
    assert.equal(loser.code, 'daemon-running');
    assert.equal(loser.details.pid, winners[0].pid);
    assert.match(loser.message, new RegExp(`is in use by process ${winners[0].pid};`));
  }
});

test('kill -9 leaves no lock behind', async () => {
  for (let round = 0; round < 3; round++) {
    const child = hold();
    assert.equal(JSON.parse(await firstLine(child)).opened, true);
    await stop(child);
  }
  await (await open()).close();
});

test('one process cannot open a directory twice, and can again after it closed it', async () => {
  const registry = await open();
  await assert.rejects(open(), (error) => {
    assert.ok(isAppError(error));
    assert.equal(error.code, 'daemon-running');
    assert.equal(error.details.pid, process.pid);
    return true;
  });
  await registry.commit({
    author: 'a',
    comment: '',
    at: 0,
    put: [],
    remove: [],
    assignments: { nics: new Map(), guests: new Map() },
  });
  await registry.close();
  const again = await open();
  assert.equal((await again.head())?.number, 1);
  await again.close();
  assert.deepEqual((await readdir(directory)).sort(), ['keys', 'lock.sqlite', 'registry.sqlite']);
});
