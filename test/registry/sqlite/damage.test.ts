import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isAppError } from '../../../src/errors/app-error.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';

let directory: string;
let file: string;

const open = () => openSqliteRegistry({ directory, now: () => 0 });

const fails = async (message: RegExp): Promise<void> => {
  // Twice: a failed attempt holds no lock.
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(open(), (error) => {
      assert.ok(isAppError(error), String(error));
      assert.equal(error.code, 'registry-failed');
      assert.match(error.message, message);
      return true;
    });
  }
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bk-damage-'));
  file = join(directory, 'registry.sqlite');
  const registry = await open();
  const put = Array.from({ length: 200 }, (_, n) => ({
    kind: 'forward' as const,
    name: `tcp/${n}`,
    origin: 'file' as const,
    body: 'x'.repeat(300),
  }));
  const assignments = { nics: new Map(), guests: new Map() };
  await registry.commit({ author: 'a', comment: '', at: 0, put, remove: [], assignments });
  await registry.close();
});

afterEach(() => rm(directory, { recursive: true }));

describe('a registry file that is not whole is refused and left as it is', () => {
  test('cut off in the middle', async () => {
    await truncate(file, Math.floor((await stat(file)).size / 2));
    const before = await readFile(file);
    await fails(/is damaged/);
    assert.deepEqual(await readFile(file), before);
  });

  test('cut off to nothing', async () => {
    await truncate(file, 0);
    await fails(/is empty \(0 bytes\): it was cut off; restore it from a backup$/);
    assert.equal((await stat(file)).size, 0);
  });

  test('pages overwritten', async () => {
    const bytes = await readFile(file);
    bytes.fill(0x5a, 3 * 4096, 6 * 4096);
    await writeFile(file, bytes);
    await fails(/is damaged/);
  });

  test('something else altogether', async () => {
    await writeFile(file, 'site: devlab\n'.repeat(1000));
    await fails(/is not a SQLite database/);
  });

  test('a SQLite database of something else', async () => {
    await rm(file);
    const other = new DatabaseSync(file);
    other.exec('create table notes (text)');
    other.close();
    await fails(/is a SQLite database of something else \(application id 0,/);
  });

  test('of a newer Bridgekeeper', async () => {
    const database = new DatabaseSync(file);
    database.exec("insert into kysely_migration (name, timestamp) values ('0099-the-future', '2031-01-01')");
    database.close();
    await fails(
      /was written by a newer Bridgekeeper \(it has "0099-the-future", this one knows up to "\d{4}-[a-z-]+"\)/,
    );
  });
});

test('a write-ahead log that outlived its database is not played into a new one', async () => {
  const registry = await open();
  await registry.note('note', 'in the log', 0);
  const log = await readFile(`${file}-wal`);
  await registry.close();
  await rm(file);
  await writeFile(`${file}-wal`, log);
  const anew = await open();
  assert.equal(await anew.head(), undefined);
  assert.deepEqual(await anew.journal(5), []);
  await anew.close();
});

test('a draft that a crash left half made is made anew', async () => {
  await rename(file, `${file}.new`);
  await truncate(`${file}.new`, 5000);
  const registry = await open();
  assert.equal(await registry.head(), undefined);
  await registry.close();
});

test('a clock that stands before the newest revision is written into the journal', async () => {
  const registry = await openSqliteRegistry({ directory, now: () => -1000 });
  assert.match(
    (await registry.journal(1))[0]?.text ?? '',
    /^the clock stands at 1969-12-31T23:59:59.000Z, before revision 1 of 1970/,
  );
  await registry.close();
  const later = await open();
  const kinds = (await later.journal(5)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['clock', 'apply']);
  await later.close();
});

describe('the state directory', () => {
  test('and its files are open to their owner alone', async () => {
    await rm(directory, { recursive: true });
    directory = join(directory, 'a', 'b');
    const registry = await open();
    assert.equal((await stat(directory)).mode & 0o777, 0o711);
    assert.equal((await stat(join(directory, 'registry.sqlite'))).mode & 0o777, 0o600);
    await registry.close();
    directory = join(directory, '..', '..');
  });

  test('is closed to others when it is ours, and refused when it is somebody else’s', async () => {
    await chmod(directory, 0o755);
    await (await open()).close();
    assert.equal((await stat(directory)).mode & 0o777, 0o711);
    await rm(directory, { recursive: true });
    directory = await mkdtemp(join(tmpdir(), 'bk-other-'));
    await writeFile(join(directory, 'theirs'), '');
    await chmod(directory, 0o1777);
    await fails(/is open to others \(mode 1777\) and holds other files/);
    assert.equal((await stat(directory)).mode & 0o7777, 0o1777);
  });

  test('that is a file is refused', async () => {
    const whole = directory;
    directory = file;
    await fails(/^state directory ".*registry.sqlite" cannot be used/);
    directory = whole;
  });
});
