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

const noon = Date.parse('2026-11-21T12:00:00Z');

/** A registry as the first release left it: one revision, leases in every state, a port block and the journal. */
async function makeFirstRelease(file: string): Promise<void> {
  await createDatabaseFile(file, async (database) => {
    const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(database) });
    const first = { '0001-first-tables': migrations['0001-first-tables'] as (typeof migrations)[string] };
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => first } }).migrateToLatest();
    assert.equal(error, undefined);
    database.exec(`
      insert into settings values ('site-key', '${'ab'.repeat(32)}');
      insert into revisions values (1, ${noon}, 'ada', 'first', 2, 0, 0, null, null);
      insert into objects values ('guest', 'web1', 'file', '{"name":"web1","owner":"team-a","nics":[{"segment":"dev"},{"segment":"prod"}]}', 1, 1, null);
      insert into objects values ('guest', 'db1', 'api', '{"name":"db1","nics":[{"segment":"dev"}]}', 2, 1, null);
      insert into leases values (1, 'web1', 0, 'dev', '02:1a:3f:00:10:01', '10.77.10.20', 'fd00:77:10::9', 'active', ${noon}, null, null);
      insert into leases values (2, 'web1', 1, 'prod', '02:1a:3f:ff:ff:ff', '10.77.20.20', null, 'active', ${noon}, null, null);
      insert into leases values (3, 'db1', 0, 'dev', 'fe:ff:ff:ff:ff:fe', '10.77.10.21', null, 'active', ${noon}, null, null);
      insert into leases values (4, 'old', 0, 'dev', '02:1a:3f:00:10:04', '10.77.10.22', null, 'quarantined', ${noon - 9}, ${noon}, ${noon + 1_800_000});
      insert into leases values (5, 'older', 0, 'dev', '02:1a:3f:00:10:01', '10.77.10.20', null, 'free', ${noon - 9}, ${noon - 8}, ${noon - 7});
      insert into port_blocks values (1, 'web1', 1024, 2023, null, ${noon}, null);
      insert into journal values (1, ${noon}, 'start', 'the daemon started');
    `);
    await db.destroy();
  });
}

test('a registry of the first release opens with every lease, revision and entry it had, and goes on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-migration-'));
  const file = join(directory, 'registry.sqlite');
  try {
    await makeFirstRelease(file);
    let registry = await openSqliteRegistry({ directory, now: () => noon });
    const { nics, guests } = await registry.assignments();
    assert.deepEqual(Object.fromEntries(nics), {
      'web1/0': {
        guest: 'web1',
        nic: 0,
        segment: 'dev',
        mac: '02:1a:3f:00:10:01',
        ipv4: '10.77.10.20',
        ipv6: 'fd00:77:10::9',
      },
      'web1/1': { guest: 'web1', nic: 1, segment: 'prod', mac: '02:1a:3f:ff:ff:ff', ipv4: '10.77.20.20' },
      'db1/0': { guest: 'db1', nic: 0, segment: 'dev', mac: 'fe:ff:ff:ff:ff:fe', ipv4: '10.77.10.21' },
    });
    assert.deepEqual(Object.fromEntries(guests), { web1: { guest: 'web1', first: 1024, last: 2023 } });
    const { leases } = await registry.leases.list({ limit: 10 });
    assert.deepEqual(
      leases.map(({ id, state, owner, source, freeAt }) => [id, state, owner, source, freeAt]),
      [
        [1, 'active', 'team-a', 'site', undefined],
        [2, 'active', 'team-a', 'site', undefined],
        [3, 'active', undefined, 'site', undefined],
        [4, 'quarantined', undefined, 'site', noon + 1_800_000],
        [5, 'free', undefined, 'site', noon - 7],
      ],
    );
    assert.deepEqual(
      (await registry.leases.ofMac(0x021a3f001001)).map(({ id }) => id),
      [5, 1],
    );
    assert.equal((await registry.head())?.comment, 'first');
    assert.equal((await registry.objects()).length, 2);
    assert.ok((await registry.journal(10)).some(({ text }) => text === 'the daemon started'));
    const without = { nics: new Map([...nics].slice(1)), guests };
    const change = { author: 'ada', comment: 'web1/0 goes', at: noon + 1, put: [], remove: [] };
    await registry.commit({ ...change, assignments: without });
    await registry.close();
    registry = await openSqliteRegistry({ directory, now: () => noon });
    assert.deepEqual(await registry.assignments(), without);
    assert.deepEqual(
      (await registry.leases.byId([1])).map(({ state }) => state),
      ['quarantined'],
    );
    await registry.close();
    const database = new DatabaseSync(file);
    assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
    const plan = database.prepare(
      "explain query plan select * from leases where source = 'site' and ended = 0 order by id",
    );
    assert.match(
      plan
        .all()
        .map(({ detail }) => detail)
        .join(),
      /leases_site/,
    );
    database.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
