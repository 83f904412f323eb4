import { deepEqual, equal, rejects } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readText, removeFile, writeFileAtomic } from '../../src/system/files.ts';

const directory = mkdtempSync(join(tmpdir(), 'bk-files-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a file is replaced whole, with the permissions asked for, and nothing is left beside it', async () => {
  const path = join(directory, 'whole');
  await writeFileAtomic(path, 'one');
  equal(statSync(path).mode & 0o777, 0o600);
  await writeFileAtomic(path, 'two', { mode: 0o644 });
  equal(readFileSync(path, 'utf8'), 'two');
  equal(statSync(path).mode & 0o777, 0o644);
  deepEqual(readdirSync(directory), ['whole']);
  rmSync(path);
});

test('a write that fails leaves the old file and nothing else', async () => {
  const target = join(directory, 'taken');
  mkdirSync(target);
  writeFileSync(join(target, 'inside'), '');
  await rejects(writeFileAtomic(target, 'text'));
  deepEqual(readdirSync(directory), ['taken']);
  rmSync(target, { recursive: true });
});

test('a file that is not there reads as nothing, and removing it is no failure', async () => {
  equal(await readText(join(directory, 'none')), undefined);
  await removeFile(join(directory, 'none'));
  chmodSync(directory, 0o700);
  await rejects(readText(directory), { code: 'EISDIR' });
});
