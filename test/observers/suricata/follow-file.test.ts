import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileFollower, type FilePosition } from '../../../src/observers/suricata/follow-file.ts';

function fileOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-eve-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'eve.json');
}

async function follow(t: TestContext, path: string, from?: FilePosition) {
  const lines: string[] = [];
  const follower = new FileFollower(path, (line) => lines.push(line.toString()));
  t.after(() => follower.close());
  await follower.begin(from);
  const look = async (): Promise<string[]> => {
    await follower.look();
    return lines.splice(0);
  };
  return { follower, lines, look };
}

test('lines are handed out as they come, half ones when they are whole', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, 'old\n');
  const { look } = await follow(t, path);
  assert.deepEqual(await look(), []);
  appendFileSync(path, 'one\ntw');
  assert.deepEqual(await look(), ['one']);
  appendFileSync(path, 'o\n\nthree\n');
  assert.deepEqual(await look(), ['two', '', 'three']);
});

test('after a rotation the rest of the old file comes first, then the new one', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, '');
  const { look } = await follow(t, path);
  appendFileSync(path, 'one\n');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, 'late\n');
  writeFileSync(path, 'new\n');
  assert.deepEqual([...(await look()), ...(await look())], ['one', 'late', 'new']);
});

test('a file that was cut is read from its begin', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, '');
  const { look } = await follow(t, path);
  appendFileSync(path, 'a long line\nhalf');
  assert.deepEqual(await look(), ['a long line']);
  truncateSync(path);
  appendFileSync(path, 'new\n');
  assert.deepEqual(await look(), ['new']);
});

test('who comes back goes on where it was, also in the middle of a line and after a rotation', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, '');
  const first = await follow(t, path);
  appendFileSync(path, 'one\ntw');
  assert.deepEqual(await first.look(), ['one']);
  const position = first.follower.position();
  appendFileSync(path, 'o\nthree\n');
  const second = await follow(t, path, position);
  assert.deepEqual(await second.look(), ['two', 'three']);
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'four\n');
  const third = await follow(t, path, position);
  assert.deepEqual([...third.lines.splice(0), ...(await third.look())], ['two', 'three', 'four']);
});

test('a file that is gone is a failure until it is back', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, '');
  const { look } = await follow(t, path);
  unlinkSync(path);
  await assert.rejects(look(), /is gone/);
  writeFileSync(path, 'back\n');
  assert.deepEqual([...(await look()), ...(await look())], ['back']);
});

test('a line that never ends costs no memory and does not hide the next one', async (t) => {
  const path = fileOf(t);
  writeFileSync(path, '');
  const { look, follower } = await follow(t, path);
  appendFileSync(path, 'x'.repeat(3_000_000));
  // One look reads a part of it.
  const looks = async (): Promise<string[]> => [
    ...(await look()),
    ...(await look()),
    ...(await look()),
    ...(await look()),
  ];
  assert.deepEqual(await looks(), []);
  appendFileSync(path, 'x\nnext\n');
  assert.deepEqual(await looks(), ['next']);
  assert.equal(follower.tooLong, 1);
});
