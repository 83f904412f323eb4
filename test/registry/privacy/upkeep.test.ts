import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '../../../src/errors/app-error.ts';
import { defaultPrivacy, defaultRetention } from '../../../src/model/retention-schema.ts';
import { keyRingOf, pseudonymsOf } from '../../../src/registry/journal/key-ring.ts';
import { newLeaseRow } from '../../../src/registry/leases/lease-rows.ts';
import { SqlPersonalData } from '../../../src/registry/privacy/sql-personal-data.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { createJournal, noon, type OpenJournal, openJournal, type Scope, scratch } from '../journal/open-journal.ts';

const day = 86_400_000;
const traces = { macs: 0, files: 0, bytes: 0, scrubbed: [], left: [] };

async function openPersonal(t: Scope): Promise<{ journal: OpenJournal; data: SqlPersonalData; directory: string }> {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  const data = new SqlPersonalData({
    db: journal.db,
    explain: (error) => (error instanceof AppError ? error : new AppError('registry-failed', String(error))),
    eraseTraces: async () => traces,
    endQuarantines: async () => {},
    forgetSeen: async () => 0,
  });
  return { journal, data, directory };
}

function ended(id: number, mac: number, releasedAt: number, ipv6: string | null = null) {
  const times = { since: releasedAt - day, released_at: releasedAt, free_at: releasedAt };
  return { ...newLeaseRow({ id, mac, state: 'free', source: 'request', since: 0 }), ended: id, ipv6, ...times };
}

const settings = { privacy: defaultPrivacy, retention: defaultRetention };

test('a lease that ended longer ago than the clear window has a pseudonym, and is still found by its address', async (t) => {
  const { journal, data } = await openPersonal(t);
  const eui64 = 'fd00::1a:3fff:fe00:1001';
  await journal.db
    .insertInto('leases')
    .values([
      ended(1, 0x021a3f001001, noon - 91 * day, eui64),
      ended(2, 0x021a3f001002, noon - 91 * day, 'fd00::1234:5678:9abc:def0'),
      ended(3, 0x021a3f001001, noon - 89 * day),
    ])
    .execute();
  const report = await data.upkeep({ ...settings, now: noon });
  assert.equal(report.hidden, 2);
  const rows = await journal.db.selectFrom('leases').selectAll().orderBy('id').execute();
  assert.deepEqual(
    rows.map(({ mac, ipv6 }) => [mac, ipv6]),
    [
      [null, null],
      [null, 'fd00::1234:5678:9abc:def0'],
      [0x021a3f001001, null],
    ],
  );
  assert.match(rows[0]?.alias ?? '', /^mac-[0-9a-f]{16}$/);
  const aliases = pseudonymsOf(keyRingOf(journal.db), 0x021a3f001001).map(({ alias }) => alias);
  assert.ok(aliases.includes(rows[0]?.alias as string));
  assert.ok(!aliases.includes(rows[1]?.alias as string));
  assert.match((await journal.trail.list({ limit: 1 })).entries[0]?.text ?? '', /^2 leases that ended long ago/);
  assert.equal((await data.upkeep({ ...settings, now: noon })).hidden, 0);
  assert.deepEqual((await journal.trail.verify()).faults, []);
});

test('once the key of its period is destroyed, nobody finds a lease by its address any more', async (t) => {
  const { journal, data, directory } = await openPersonal(t);
  await journal.append({ text: '02:1a:3f:00:10:01', at: noon - 91 * day });
  await journal.db
    .insertInto('leases')
    .values(ended(1, 0x021a3f001001, noon - 91 * day))
    .execute();
  await data.upkeep({ ...settings, now: noon });
  const [period] = await data.periods(noon);
  assert.deepEqual([period?.current, period?.destroyed], [false, false]);
  const path = join(directory, 'keys', `period-${period?.id}`);
  const key = readFileSync(path, 'utf8');
  const actor = { who: 'ada', from: 'unix socket' };
  assert.equal((await data.forgetPeriod(period?.id as string, { now: noon, actor })).destroyed, true);
  assert.notEqual(key, '');
  assert.equal(statSync(path).size, 0);
  assert.deepEqual(pseudonymsOf(keyRingOf(journal.db), 0x021a3f001001), []);
  // No new key takes its place: what belongs into that period has no pseudonym any more.
  await journal.append({ text: 'late news of 02:1a:3f:00:10:01', at: noon - 91 * day });
  assert.equal((await journal.trail.list({ limit: 1 })).entries[0]?.text, 'late news of erased');
  assert.equal(statSync(path).size, 0);
  assert.deepEqual((await journal.trail.verify()).faults, []);
});

test('pseudonyms of one address differ from period to period', async (t) => {
  const { journal } = await openPersonal(t);
  await journal.append(
    { text: '02:1a:3f:00:10:01', at: noon },
    { text: '02:1a:3f:00:10:01', at: noon + day },
    { text: '02:1a:3f:00:10:01', at: noon + 40 * day },
  );
  const rows = await journal.db.selectFrom('journal').select('text').orderBy('id').execute();
  assert.equal(rows[0]?.text, rows[1]?.text);
  assert.notEqual(rows[0]?.text, rows[2]?.text);
});

test('each kind of entry is kept for its time; the chain stays whole and its beginning may go', async (t) => {
  const { journal, data } = await openPersonal(t);
  await journal.append(
    { text: 'old session', kind: 'session', at: noon - 181 * day },
    { text: 'young session', kind: 'session', at: noon - 179 * day },
    { text: 'old lease', kind: 'lease', at: noon - 731 * day },
    { text: 'young lease', kind: 'lease', at: noon - 729 * day },
    { text: 'old news', kind: 'drift', at: noon - 731 * day },
  );
  const texts = async (): Promise<string[]> =>
    (await journal.trail.list({ limit: 20 })).entries.map(({ id, text }) => `${id} ${text}`).reverse();
  assert.equal((await data.upkeep({ ...settings, now: noon })).blanked, 3);
  assert.deepEqual((await texts()).slice(0, 5), [
    '1 (erased)',
    '2 young session',
    '3 (erased)',
    '4 young lease',
    '5 (erased)',
  ]);
  assert.deepEqual((await journal.trail.verify()).faults, []);
  // Two years later nothing of it is left but the entries that name what went.
  const report = await data.upkeep({ ...settings, now: noon + 800 * day });
  assert.deepEqual([report.blanked, report.pruned], [2, 6]);
  const left = await texts();
  assert.match(left.at(-1) ?? '', /^8 the beginning of the journal up to entry 6 went/);
  assert.deepEqual((await journal.trail.verify()).faults, []);
  await journal.db.deleteFrom('journal').where('id', '=', 7).execute();
  assert.deepEqual(
    (await journal.trail.verify()).faults.map(({ text }) => text),
    ['entries 1-7 are missing'],
  );
});

test('what the law obliges to keep, and leases older than their retention', async (t) => {
  const { journal, data } = await openPersonal(t);
  await journal.db
    .insertInto('leases')
    .values([
      { ...ended(1, 0x021a3f001001, noon - 731 * day), owner: 'team-a' },
      { ...ended(2, 0x021a3f001002, noon - 80 * day), owner: 'team-a' },
      { ...ended(3, 0x021a3f001003, noon - 10 * day), owner: 'team-a' },
    ])
    .execute();
  const request = { privacy: { ...defaultPrivacy, keep: 30 }, now: noon };
  const plan = await data.plan('team-a', request);
  assert.deepEqual([plan.leases, plan.kept.map(({ id, why }) => [id, why])], [2, [[3, 'kept']]]);
  assert.equal((await data.upkeep({ ...settings, now: noon })).removed, 1);
  const forgotten: string[] = [];
  await data.erase('team-a', {
    ...request,
    actor: { who: 'ada', from: 'unix socket' },
    forget: async (macs) => void forgotten.push(...macs),
  });
  assert.deepEqual(forgotten, ['02:1a:3f:00:10:02']);
  const rows = await journal.db.selectFrom('leases').select(['id', 'mac', 'alias', 'owner']).orderBy('id').execute();
  assert.deepEqual(
    rows.map(({ id, mac, alias, owner }) => [id, mac, alias, owner]),
    [
      [2, null, null, null],
      [3, 0x021a3f001003, null, 'team-a'],
    ],
  );
});

test('the registry finds who had an address once, though the lease has a pseudonym', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const journal = await openJournal(directory);
  await journal.db
    .insertInto('leases')
    .values({ ...ended(1, 0x021a3f001001, noon - 91 * day), owner: 'team-a' })
    .execute();
  await journal.close();
  const registry = await openSqliteRegistry({ directory, now: () => noon });
  t.after(() => registry.close());
  await registry.privacy.upkeep({ ...settings, now: noon });
  const [lease] = await registry.leases.ofMac(0x021a3f001001);
  assert.equal(lease?.owner, 'team-a');
  assert.match(lease?.mac ?? '', /^mac-/);
});
