import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from '../../../src/registry/migrations/all.ts';
import { blankEntries } from '../../../src/registry/privacy/blank-entries.ts';
import { createDatabaseFile } from '../../../src/registry/sqlite/database-file.ts';
import { NodeSqliteDialect } from '../../../src/registry/sqlite/dialect.ts';
import type { Tables } from '../../../src/registry/tables.ts';
import { createJournal, fileIn, noon, openJournal, scratch } from './open-journal.ts';

test('MAC addresses are stored as pseudonyms in whatever form they are written, and read in clear', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  await journal.append({
    text: 'MAC address "02:1A:3f:00:10:01", mac:02-1a-3f-00-10-01 or 021a.3f00.1001, range 02:1a:3f:00:10:01-02:1a:3f:00:10:02',
    before: { mac: 0x021a3f001001, list: ['02:1a:3f:00:10:01'] },
    after: { '02:1a:3f:00:10:01': 'key' },
  });
  const [stored] = await journal.db.selectFrom('journal').selectAll().execute();
  const text = JSON.stringify(stored);
  assert.doesNotMatch(text, /3f[:.-]?00[:.-]?10/i);
  const [alias] = /mac-[0-9a-f]{16}/.exec(text) ?? [];
  assert.equal(text.split(alias as string).length - 1, 7);
  const { entries } = await journal.trail.list({ limit: 10 });
  assert.deepEqual(entries[0]?.before, { mac: '02:1a:3f:00:10:01', list: ['02:1a:3f:00:10:01'] });
  assert.match(entries[0]?.text ?? '', /"02:1a:3f:00:10:01".*02:1a:3f:00:10:02$/);
  assert.deepEqual((await journal.trail.verify()).faults, []);
});

test('prefixes of pools, IPv6 addresses and hashes are no MAC addresses', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  const text = `02:1a:3f:00:00:00/24, 2001:db8:aa:bb:cc:dd:ee:ff, fe80::1a:3fff:fe00:1001, ${'ab'.repeat(32)}`;
  await journal.append({ text });
  const row = await journal.db.selectFrom('journal').select('text').executeTakeFirstOrThrow();
  assert.equal(row.text, text);
});

test('entries are found by kind, who, time, owner, text and address', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  await journal.append(
    { text: 'leased 02:1a:3f:00:10:01', kind: 'lease', owners: ['team-a', 'team-b'] },
    { text: '100 % of 5_000', kind: 'lease', actor: { who: 'bob', from: '198.51.100.7' }, owners: ['team-ab'] },
    { text: 'Drift found', kind: 'drift', at: noon + 1000, after: { Device: 'tap0' } },
  );
  const ids = async (query: object): Promise<number[]> =>
    (await journal.trail.list({ ...query, limit: 10 })).entries.map(({ id }) => id);
  assert.deepEqual(await ids({}), [3, 2, 1]);
  assert.deepEqual(await ids({ kinds: ['lease'] }), [2, 1]);
  assert.deepEqual(await ids({ kinds: ['lease', 'drift'], who: 'ada' }), [3, 1]);
  assert.deepEqual(await ids({ since: noon + 1 }), [3]);
  assert.deepEqual(await ids({ until: noon + 1 }), [2, 1]);
  assert.deepEqual(await ids({ owner: 'team-a' }), [1]);
  assert.deepEqual(await ids({ text: '% of 5_' }), [2]);
  assert.deepEqual(await ids({ text: '5x000' }), []);
  assert.deepEqual(await ids({ text: 'DEVICE' }), [3]);
  assert.deepEqual(await ids({ text: '02-1A-3F-00-10-01' }), [1]);
  assert.deepEqual(await ids({ below: 3 }), [2, 1]);
  assert.deepEqual((await journal.trail.list({ limit: 2 })).next, 2);
  assert.deepEqual((await journal.trail.list({ limit: 2, below: 2 })).next, undefined);
});

test('bodies that an entry names may be taken out; the chain holds without them', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  for (let number = 1; number <= 5; number++) await journal.append({ text: `entry ${number}`, after: { number } });
  const reason = { kind: 'erase', text: String, at: noon, actor: { who: 'ada', from: 'x' } } as const;
  await blankEntries(journal.db, [1, 2, 4], reason);
  const { entries } = await journal.trail.list({ limit: 10 });
  assert.deepEqual(
    entries.map(({ id, text, erased }) => [id, text, erased ?? false]),
    [
      [6, '3', false],
      [5, 'entry 5', false],
      [4, '(erased)', true],
      [3, 'entry 3', false],
      [2, '(erased)', true],
      [1, '(erased)', true],
    ],
  );
  assert.deepEqual(entries[0]?.after, { blanked: ['1-2', '4'] });
  assert.deepEqual((await journal.trail.verify()).faults, []);
});

test('an entry that names others as erased is not erased itself', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  await journal.append({ text: 'one' });
  const reason = { kind: 'erase', text: String, at: noon, actor: { who: 'ada', from: 'x' } } as const;
  await blankEntries(journal.db, [1], reason);
  await blankEntries(journal.db, [1, 2], reason);
  assert.equal((await journal.trail.list({ limit: 3 })).entries[1]?.text, '1');
  assert.deepEqual((await journal.trail.verify()).faults, []);
});

test('what is rolled back was never in the journal', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  await journal.append({ text: 'one' });
  const { appendJournal, itself } = await import('../../../src/registry/journal/journal.ts');
  const failing = journal.db.transaction().execute(async (transaction) => {
    await appendJournal(transaction, [{ kind: 'try', text: 'two', at: noon, actor: itself }]);
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  await journal.append({ text: 'another two' });
  const verdict = await journal.trail.verify();
  assert.deepEqual([verdict.entries, verdict.faults], [2, []]);
});

test('entries of before the journal was a chain are chained when the registry is opened', async (t) => {
  const directory = scratch(t);
  await createDatabaseFile(fileIn(directory), async (database: DatabaseSync) => {
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0003'));
    const migrator = new Migrator({ db, provider: { getMigrations: async () => before } });
    assert.equal((await migrator.migrateToLatest()).error, undefined);
    const insert = database.prepare('insert into journal (id, at, kind, text) values (?, ?, ?, ?)');
    for (let id = 1; id <= 2500; id++) insert.run(id, noon + id, 'apply', `entry ${id} of 02:1a:3f:00:10:01`);
    const after = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
    assert.equal((await after.migrateToLatest()).error, undefined);
    await db.destroy();
  });
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  const verdict = await journal.trail.verify();
  assert.deepEqual([verdict.entries, verdict.faults], [2500, []]);
  const [newest] = (await journal.trail.list({ limit: 1 })).entries;
  assert.equal(newest?.text, 'entry 2500 of 02:1a:3f:00:10:01');
  assert.deepEqual([newest?.at, newest?.kind, newest?.who], [noon + 2500, 'apply', 'unknown']);
  assert.doesNotMatch(readFileSync(fileIn(directory), 'latin1'), /02:1a:3f:00:10:01/);
});

test('keys are in files of their own that only their owner can read', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  await journal.append({ text: '02:1a:3f:00:10:01' });
  await journal.close();
  assert.equal(statSync(join(directory, 'keys')).mode & 0o777, 0o700);
  for (const name of ['journal-seal', 'period-2026-11-03+30d']) {
    const path = join(directory, 'keys', name);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const key = readFileSync(path, 'utf8').trim();
    const database = readFileSync(fileIn(directory));
    assert.equal(database.includes(key) || database.includes(Buffer.from(key, 'hex')), false);
  }
});
