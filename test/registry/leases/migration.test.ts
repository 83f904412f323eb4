import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from '../../../src/registry/migrations/all.ts';
import { createDatabaseFile } from '../../../src/registry/sqlite/database-file.ts';
import { NodeSqliteDialect } from '../../../src/registry/sqlite/dialect.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';

const first = '0001-first-tables';

/** A registry as the first release left it: two NICs of the site, and two that are gone, of which one still rests. */
const leases = `
  insert into leases (id, guest, nic, segment, mac, ipv4, ipv6, state, since, released_at, free_at) values
    (1, 'web1', 0, 'dev', '02:1a:3f:00:10:01', '10.77.10.2', 'fd00::2', 'active', 1000, null, null),
    (2, 'gone', 0, 'dev', '02:1a:3f:00:10:02', '10.77.10.3', null, 'free', 1000, 2000, 3000),
    (3, 'rests', 1, 'dev', '02:1a:3f:00:10:03', '10.77.10.4', null, 'quarantined', 1000, 5000, 9000),
    (4, 'web2', 0, 'dev', '02:1a:3f:00:10:02', '10.77.10.3', null, 'active', 4000, null, null)`;

async function makeFirstRegistry(file: string): Promise<void> {
  await createDatabaseFile(file, async (database) => {
    const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(database) });
    const provider = { getMigrations: async () => ({ [first]: migrations[first] as never }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    assert.equal(error, undefined);
    database.exec(`insert into settings values ('site-key', '${'ab'.repeat(32)}'); ${leases}`);
    await db.destroy();
  });
}

test('a registry of the first release keeps its leases, their history and who may come back', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-migrate-'));
  try {
    await makeFirstRegistry(join(directory, 'registry.sqlite'));
    const registry = await openSqliteRegistry({ directory, now: () => 6000 });
    try {
      const { nics } = await registry.assignments();
      assert.deepEqual([...nics.keys()].sort(), ['web1/0', 'web2/0']);
      assert.deepEqual(
        (await registry.leases.ofMac(0x021a3f001002)).map(({ guest, state, source, releasedAt }) => [
          guest,
          state,
          source,
          releasedAt,
        ]),
        [
          ['web2', 'active', 'site', undefined],
          ['gone', 'free', 'site', 2000],
        ],
      );
      const barring = await registry.leases.barring(['02:1a:3f:00:10:03', 'dev fd00::2', 'dev 10.77.10.3'], 6000);
      assert.deepEqual(
        Array.from(barring, ([key, { guest, state }]) => [key, guest, state]),
        [
          ['02:1a:3f:00:10:03', 'rests', 'quarantined'],
          ['dev 10.77.10.3', 'web2', 'active'],
          ['dev fd00::2', 'web1', 'active'],
        ],
      );
    } finally {
      await registry.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the number of a lease is the number of its row in SQLite, so that no second tree is kept', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-migrate-'));
  try {
    const registry = await openSqliteRegistry({ directory, now: () => 0 });
    await registry.close();
    const database = new DatabaseSync(join(directory, 'registry.sqlite'));
    const own = database.prepare("select name from sqlite_master where tbl_name = 'leases' and sql is null").all();
    database.close();
    assert.deepEqual(own, []);
  } finally {
    await rm(directory, { recursive: true });
  }
});
