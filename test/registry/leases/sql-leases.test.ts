import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Kysely } from 'kysely';
import { SqlLeases } from '../../../src/registry/leases/sql-leases.ts';
import { openDatabaseFile } from '../../../src/registry/sqlite/database-file.ts';
import { NodeSqliteDialect } from '../../../src/registry/sqlite/dialect.ts';
import { explainSqlite, isUniqueViolation } from '../../../src/registry/sqlite/explain.ts';
import { sqliteLeaseStore } from '../../../src/registry/sqlite/lease-statements.ts';
import type { Tables } from '../../../src/registry/tables.ts';
import { ada, begin, code, dev, mac, macs, nic, noon, order, pool } from '../../conformance/leases/samples.ts';
import { withStore } from './bench-store.ts';

const on = { segment: 'dev' };

describe('what an order that fails leaves behind', () => {
  test('no address is spent: those that were drawn can be drawn again at once', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      await leases.lease(order([nic('a', { mac: mac(200) })], { now: noon }));
      const wishes = [nic('x'), nic('y', { ...on, ipv4: '10.77.10.4' }), nic('z', { mac: mac(200) })];
      await assert.rejects(leases.lease(order(wishes, { now: noon, segments: [dev] })), code('conflict'));
      await assert.rejects(leases.lease(order(500, { now: noon })), code('pool-exhausted'));
      assert.equal((await leases.lease(order(255, { now: noon }))).length, 255);
    }));

  test('nothing of it stands in the store, though others in its transaction succeed', () =>
    withStore(async ({ open, look }) => {
      const leases = await open();
      const results = await Promise.allSettled([
        leases.lease(order([nic('a', on)], { now: noon, segments: [dev], requestKey: 'a' })),
        leases.lease(order([nic('b', on), nic('c', { mac: mac(0) })], { now: noon, segments: [dev], requestKey: 'b' })),
        leases.lease(order([nic('d', on)], { now: noon, segments: [dev] })),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(
        look((database) => database.prepare('select guest, ipv4 from leases order by id').all()).map((row) => ({
          ...row,
        })),
        [
          { guest: 'a', ipv4: '10.77.10.2' },
          { guest: 'd', ipv4: '10.77.10.3' },
        ],
      );
      assert.deepEqual(await leases.ofRequest('b'), []);
    }));
});

describe('named addresses', () => {
  test('one that was seen on the wire is refused, but taken over by an import', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      leases.avoid([begin + 9]);
      const wish = order([nic('a', { mac: mac(9) })], { now: noon });
      await assert.rejects(leases.lease(wish), code('conflict', /seen on the wire.*mac seen/));
      assert.deepEqual(macs(await leases.lease({ ...wish, kind: 'import' })), [mac(9)]);
    }));

  test('one that was leased in bulk goes to the guest of the same owner that names it, and to nobody else', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [bulk] = await leases.lease(order(1, { now: noon, owner: 'team-a' }));
      const wish = (owner: string) => order([nic('web1', { mac: mac(0), owner })], { now: noon + 5 });
      await assert.rejects(leases.lease(wish('team-b')), code('conflict', /owner "team-a"/));
      const [taken] = await leases.lease(wish('team-a'));
      assert.deepEqual([taken?.guest, taken?.mac, taken?.since], ['web1', mac(0), noon + 5]);
      assert.deepEqual(
        (await leases.ofMac(begin)).map(({ id, state, releasedAt }) => [id, state, releasedAt]),
        [
          [taken?.id, 'active', undefined],
          [bulk?.id, 'free', noon + 5],
        ],
      );
      assert.deepEqual(await leases.fill({ first: begin, last: begin + 255 }, noon + 5), {
        at: noon + 5,
        held: 1,
        quarantined: 0,
      });
    }));

  test('one of the order itself is not drawn for another wish of it', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const wishes = [nic('a'), nic('b', { mac: mac(0), ...on, ipv4: '10.77.10.2' }), nic('c', on)];
      const answer = await leases.lease(order(wishes, { now: noon, segments: [dev] }));
      assert.deepEqual(macs(answer), [mac(1), mac(0), mac(2)]);
      assert.deepEqual(
        answer.map(({ ipv4 }) => ipv4),
        [undefined, '10.77.10.2', '10.77.10.3'],
      );
    }));

  for (const [what, wish, pattern] of [
    ['an address outside of the segment', { ...on, ipv4: '10.99.0.1' }, /10\.77\.10\.0\/29/],
    ['the gateway', { ...on, ipv4: '10.77.10.1' }, /gateway/],
    ['an IP address without a segment', { ipv4: '10.77.10.3' }, /names no segment/],
  ] as const) {
    test(`${what} is refused`, () =>
      withStore(async ({ open }) => {
        const leases = await open();
        const refused = leases.lease(order([nic('a', wish)], { now: noon, segments: [dev] }));
        await assert.rejects(refused, code('value-invalid', pattern));
      }));
  }

  test('a segment that there is not is not found', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      await assert.rejects(leases.lease(order([nic('a', on)], { now: noon })), code('not-found', /"dev"/));
    }));
});

describe('quarantines', () => {
  test('a NIC that came back keeps its address when the quarantine that it ended would have been over', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [first] = await leases.lease(order([nic('a', on)], { now: noon, segments: [dev] }));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
      const [back] = await leases.lease(order([nic('a', on)], { now: noon + 1, segments: [dev] }));
      assert.deepEqual([back?.mac, back?.ipv4, back?.ipv6], [first?.mac, first?.ipv4, first?.ipv6]);
      const later = await leases.lease(order([nic('b', on)], { now: noon + 120_000, segments: [dev] }));
      assert.deepEqual([later[0]?.mac, later[0]?.ipv4], [mac(1), '10.77.10.3']);
      assert.deepEqual(await leases.fill({ first: begin, last: begin + 255 }, noon + 120_000), {
        at: noon + 120_000,
        held: 2,
        quarantined: 0,
      });
    }));

  test('one lease that makes room by two of its addresses ends once', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [first] = await leases.lease(order([nic('a', on)], { now: noon, segments: [dev] }));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
      const wishes = [nic('a', { mac: mac(0) }), { guest: 'a', nic: 1, ...on, ipv4: '10.77.10.2' }];
      const answer = await leases.lease(order(wishes, { now: noon + 1, segments: [dev] }));
      assert.deepEqual(
        answer.map((lease) => [lease.mac, lease.ipv4]),
        [
          [mac(0), undefined],
          [mac(1), '10.77.10.2'],
        ],
      );
      await assert.rejects(leases.lease(order(255, { now: noon + 1 })), (error) => {
        const { held, quarantined, free } = (error as { details: Record<string, unknown> }).details;
        assert.deepEqual([held, quarantined, free], [2, 0, 254]);
        return true;
      });
    }));

  test('thousands that end at once are all there when they are needed', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const from = pool({ last: begin + 4095, strategy: 'random' });
      const all = await leases.lease(order(4096, { now: noon, pool: from }));
      await leases.release({ ids: all.map(({ id }) => id), quarantine: () => 60, actor: ada, now: noon });
      await assert.rejects(leases.lease(order(1, { now: noon + 59_999, pool: from })), code('pool-exhausted'));
      assert.equal((await leases.lease(order(4096, { now: noon + 60_000, pool: from }))).length, 4096);
      assert.equal(await leases.count({ states: ['quarantined'] }), 0);
    }));

  test('one that is over but was not ended yet does not free the address that somebody named meanwhile', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const from = pool({ last: begin + 599 });
      const all = await leases.lease(order(600, { now: noon, pool: from }));
      await leases.release({ ids: all.map(({ id }) => id), quarantine: () => 60, actor: ada, now: noon });
      const later = noon + 60_000;
      await leases.lease(order([nic('a', { mac: mac(599) })], { now: later, pool: from }));
      const rest = macs(await leases.lease(order(599, { now: later, pool: from })));
      assert.ok(!rest.includes(mac(599)));
      await assert.rejects(leases.lease(order(1, { now: later, pool: from })), (error) => {
        assert.deepEqual((error as { details: { held?: number } }).details.held, 600);
        return true;
      });
    }));

  test('a clock that went back before a restart does not shorten one either', () =>
    withStore(async ({ open }) => {
      const before = await open();
      const [a, b] = await before.lease(order(2, { now: noon }));
      await before.release({ ids: [a?.id ?? 0], quarantine: () => 60, actor: ada, now: noon + 600_000 });
      await before.close();
      const after = await open();
      const [released] = await after.release({ ids: [b?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
      assert.equal(released?.freeAt, noon + 660_000);
    }));
});

test('an address that was given away past this memory is refused by the store, and another one is drawn', () =>
  withStore(async ({ open, directory }) => {
    await open();
    const file = join(directory, 'registry.sqlite');
    const database = openDatabaseFile(file);
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
    const explain = (error: unknown) => explainSqlite(error, file);
    const leases = new SqlLeases(
      sqliteLeaseStore({ db, explain, isUniqueViolation, close: async () => {} }, database),
      '',
    );
    await leases.lease(order(1, { now: noon }));
    // Over the same connection, so that nothing but the unique key can tell.
    const row = "insert into leases (id, mac, ended, state, source, since) values (50, ?, 0, 'active', 'request', 1)";
    database.prepare(row).run(begin + 1);
    assert.deepEqual(macs(await leases.lease(order(2, { now: noon }))), [mac(2), mac(3)]);
    await leases.close();
    await db.destroy();
  }));

describe('the journal of leases', () => {
  test('tells of a bulk order in one entry that names ids and a digest, not the rows', () =>
    withStore(async ({ open, look }) => {
      const leases = await open();
      const answer = await leases.lease(order(200, { now: noon, owner: 'team-a' }));
      const rows = look((database) => database.prepare("select * from journal where kind = 'lease'").all());
      assert.equal(rows.length, 1);
      const after = JSON.parse(String(rows[0]?.after));
      assert.deepEqual(
        [after.first, after.last, after.count, after.pool, after.owner],
        [answer[0]?.id, answer[199]?.id, 200, 'default', 'team-a'],
      );
      assert.match(after.macs, /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual([rows[0]?.who, rows[0]?.origin], ['ada', 'unix socket']);
    }));

  test('says nothing when nothing changed', () =>
    withStore(async ({ open, look }) => {
      const leases = await open();
      const wish = order([nic('web1')], { now: noon });
      for (let i = 0; i < 3; i++) await leases.lease(wish);
      await assert.rejects(leases.lease(order(999, { now: noon })), code('pool-exhausted'));
      assert.equal(look((database) => database.prepare('select * from journal').all()).length, 1);
    }));
});
