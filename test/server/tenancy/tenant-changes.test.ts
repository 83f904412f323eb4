import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { AppError } from '../../../src/errors/app-error.ts';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';
import type { Scope, TestDaemon } from '../../daemon/test-daemon.ts';
import { tenantsSite, wordsOf } from './tenants-site.ts';
import { startTwoTenants, type Tenant, tenantOf } from './two-tenants.ts';

const cleaning: (() => unknown)[] = [];
const scope: Scope = { after: (clean) => cleaning.unshift(clean) };
let started: Promise<{ daemon: TestDaemon; aster: Tenant; birch: Tenant; cedar: Tenant }> | undefined;

/** One daemon for all; each test begins with the site as it is written. */
beforeEach(async () => {
  started ??= startTwoTenants(scope).then(async (all) => ({ ...all, cedar: await tenantOf(all.daemon, 'cedar') }));
  const { daemon } = await started;
  for (const kind of ['forward', 'guest'] as const)
    for (const { name, origin } of await daemon.client.objects(kind))
      if (origin === 'api') await daemon.client.removeObject(kind, name);
  for (const owner of ['aster', 'birch', 'cedar']) await daemon.client.macs.release({ owner, now: true });
  await daemon.client.apply({ site: tenantsSite });
});
after(async () => {
  for (const clean of cleaning) await clean();
});
const all = () => started as Promise<{ daemon: TestDaemon; aster: Tenant; birch: Tenant; cedar: Tenant }>;

const foreign = [...wordsOf.birch, ...wordsOf.operator];
const web = { nics: [{ segment: 'aster-lan' }] };

/** What refuses, and that it says no word of anybody else. */
async function refused(work: Promise<unknown>, code: ErrorCode, words = /./): Promise<AppError> {
  const error = await work.then(
    () => assert.fail(`expected ${code}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, code, error.message);
  const text = JSON.stringify([error.message, error.details, error.mistakes]);
  assert.match(text, words);
  for (const word of foreign) assert.ok(!text.includes(word), `${word}: ${text}`);
  return error;
}

describe('a tenant', () => {
  test('makes, changes and removes guests and forwards of its own', async () => {
    const { aster, daemon } = await all();
    const made = await aster.client.putObject('guest', 'aster-db', web);
    assert.deepEqual(made.lines, [{ change: 'add', object: 'guest', text: 'guest "aster-db"' }]);
    assert.deepEqual([made.revision.number, made.timings, made.warnings], [0, {}, []]);
    assert.deepEqual(made.revision.summary, { added: 1, removed: 0, changed: 0 });
    const stored = await daemon.client.object('guest', 'aster-db');
    assert.deepEqual(stored.body, { name: 'aster-db', ...web, owner: 'aster' });
    await aster.client.putObject('forward', 'tcp/30010', { to: 'aster-db:5432' });
    await aster.client.putObject('forward', 'tcp/30010', { to: 'aster-db:5433' });
    assert.deepEqual(
      (await aster.client.objects('forward')).map(({ name }) => name),
      ['tcp/30080', 'tcp/30010'],
    );
    await aster.client.detach('aster-db', 0);
    await refused(aster.client.attach('aster-db', 0, 'eth0'), 'forbidden', /device of the host/);
    await aster.client.attach('aster-db', 0, 'bkp-aster-db.0');
    await aster.client.removeObject('forward', 'tcp/30010');
    await aster.client.removeObject('guest', 'aster-db');
    const [last] = await daemon.client.revisions();
    assert.equal(last?.author, 'aster/aster-operator');
    const { entries } = await daemon.client.audit.list({ who: 'aster/aster-operator' }, { limit: 1 });
    assert.equal(entries.length, 1);
  });

  test('is told what is wrong with what it asks for, as far as that is its own', async () => {
    const { aster } = await all();
    await refused(aster.client.putObject('guest', 'aster-db', { nics: [{ segmnt: 'x' }] }), 'site-invalid', /segmnt/);
    const outside = { nics: [{ segment: 'aster-lan', ip: '10.99.0.1' }] };
    const mistake = await refused(
      aster.client.putObject('guest', 'aster-db', outside),
      'site-invalid',
      /outside the subnet/,
    );
    assert.equal(mistake.mistakes[0]?.path, 'guests[aster-db].nics[0].ip');
    await refused(aster.client.putObject('forward', 'tcp/30010', { to: 'aster-web/7:80' }), 'site-invalid', /no NIC 7/);
    await refused(aster.client.putObject('forward', 'tcp/30010', { to: 'aster-gone:80' }), 'not-found', /aster-gone/);
    await refused(aster.client.removeObject('guest', 'aster-web'), 'conflict', /site file/);
    await aster.client.putObject('guest', 'aster-db', web);
    await aster.client.putObject('forward', 'tcp/30010', { to: 'aster-db:80' });
    await refused(aster.client.removeObject('guest', 'aster-db'), 'site-invalid', /no guest/);
  });

  test('chooses IP addresses only in a segment that is for it alone', async () => {
    const { aster } = await all();
    await aster.client.putObject('guest', 'aster-db', { nics: [{ segment: 'aster-lan', ip: '10.77.10.77' }] });
    await refused(
      aster.client.putObject('guest', 'aster-db', { nics: [{ segment: 'commons', ip: '10.99.30.77' }] }),
      'forbidden',
      /not for its owner alone/,
    );
  });

  test('does not publish a port that somebody has, and does not learn who', async () => {
    const { cedar, daemon } = await all();
    await cedar.client.putObject('guest', 'cedar-app', { nics: [{ segment: 'commons' }] });
    const publish = (id: string) => cedar.client.putObject('forward', id, { to: 'cedar-app:80' });
    const byForward = await refused(publish('tcp/31443'), 'conflict');
    const [block] = (await daemon.client.leases()).filter(({ guest }) => guest === 'birch-shop');
    const first = Number(block?.portBlock.split('-')[0] ?? Number.NaN);
    // Without a gateway nobody has a block.
    if (Number.isInteger(first))
      assert.equal((await refused(publish(`tcp/${first}`), 'conflict')).message, byForward.message);
    await refused(publish('tcp/22'), 'forbidden', /1024/);
    await publish('tcp/28080');
  });

  test('does not set what is the operators business', async () => {
    const { aster } = await all();
    const put = (body: object) => aster.client.putObject('guest', 'aster-db', { ...web, ...body });
    await refused(put({ owner: 'birsh' }), 'forbidden', /birsh/);
    await refused(put({ share: 'same-address', ports: [5060] }), 'forbidden', /shared address/);
    await refused(put({ kind: 'vm' }), 'forbidden', /kind/);
    await refused(put({ limits: { newSessions: '100000/second' } }), 'forbidden', /at most 200/);
    await refused(put({ nics: [{ segment: 'aster-lan', port: 'eth0' }] }), 'forbidden', /device of the host/);
    await refused(put({ nics: [{ segment: 'aster-lan', pool: 'defualt' }] }), 'forbidden', /pool/);
    await refused(put({ nics: [{ segment: 'elsewhere' }] }), 'not-found', /elsewhere/);
    for (const kind of ['segment', 'policy', 'pool'] as const)
      await refused(aster.client.removeObject(kind, 'x'), 'forbidden', /tenants/);
    await refused(aster.client.apply({ site: 'site: x' }), 'forbidden');
    await refused(aster.client.rollback(1), 'forbidden');
    await refused(aster.client.confirm(), 'forbidden');
  });

  test('keeps to its quota, also when it asks for much at once', async () => {
    const { aster, daemon } = await all();
    const names = Array.from({ length: 8 }, (_, i) => `aster-n${i}`);
    const made = await Promise.allSettled(names.map((name) => aster.client.putObject('guest', name, web)));
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 2);
    for (const each of made)
      if (each.status === 'rejected') assert.equal((each.reason as AppError).code, 'quota-exceeded');
    const error = await refused(aster.client.putObject('guest', 'aster-more', web), 'quota-exceeded', /guests/);
    assert.deepEqual(error.details, { quota: 'guests', most: 3, used: 3, wanted: 4 });
    const ranges = { to: 'aster-web:4000' };
    await refused(aster.client.putObject('forward', 'udp/30000-30019', ranges), 'quota-exceeded', /ports/);
    const [own] = await aster.client.owners.list();
    assert.deepEqual(own?.quota.guests, { used: 3, most: 3 });
    assert.deepEqual(
      (await daemon.client.owners.list()).find(({ name }) => name === 'aster'),
      own,
    );
  });

  test('does not use up a pool by leasing and releasing, or by rotating, again and again', async () => {
    const { aster } = await all();
    // Two NICs of four are the site's; each round lays two addresses to rest, which count at a quarter.
    let rounds = 0;
    const error = await (async () => {
      for (; rounds < 20; rounds++) {
        const { leases } = await aster.client.macs.lease({ count: 2 });
        await aster.client.macs.release({ macs: leases.map(({ mac }) => mac) });
      }
    })().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof AppError && error.code === 'quota-exceeded', String(error));
    assert.equal(rounds, 2);
    await refused(aster.client.macs.release({ owner: 'aster', now: true }), 'forbidden', /rest/);
  });

  test('leases addresses for nobody but its own guests, from no pool that it names', async () => {
    const { aster } = await all();
    const { leases, warnings } = await aster.client.macs.lease({ items: [{ guest: 'aster-new', segment: 'commons' }] });
    assert.deepEqual([leases.length, warnings, leases[0]?.owner, leases[0]?.pool], [1, [], 'aster', undefined]);
    await refused(aster.client.macs.lease({ count: 1, pool: 'defualt' }), 'forbidden', /pool/);
    await refused(aster.client.macs.lease({ count: 1, owner: 'birsh' }), 'forbidden', /birsh/);
    await refused(aster.client.macs.lease({ items: [{ mac: '02:1a:3f:00:00:07' }] }), 'forbidden', /mac/);
    await refused(aster.client.macs.lease({ items: [{ guest: 'other' }] }), 'forbidden', /aster-/);
    await refused(aster.client.macs.lease({ count: 1, segment: 'elsewhere' }), 'not-found', /elsewhere/);
  });

  test('has request keys of its own', async () => {
    const { aster, birch } = await all();
    const one = await aster.client.macs.lease({ count: 1, requestKey: 'first' });
    const other = await birch.client.macs.lease({ count: 2, requestKey: 'first' });
    assert.deepEqual([one.leases.length, other.leases.length], [1, 2]);
    assert.ok(other.leases.every(({ owner }) => owner === 'birch'));
    const again = await aster.client.macs.lease({ count: 1, requestKey: 'first' });
    assert.deepEqual(again.leases, one.leases);
    await refused(aster.client.macs.lease({ count: 2, requestKey: 'first' }), 'conflict');
    await aster.client.macs.release({ requestKey: 'first' });
    await refused(birch.client.macs.release({ requestKey: 'second' }), 'not-found');
  });

  test('plans what it would do, and nothing is done', async () => {
    const { aster, daemon } = await all();
    const before = await daemon.client.revisions();
    const order = { objects: [{ op: 'put', kind: 'guest', body: { name: 'aster-db', ...web } }] };
    const { status, text, header } = await aster.ask('POST', '/v1/changes?plan=true', order);
    assert.equal(status, 200, text);
    assert.equal(header('bridgekeeper-plan'), 'true');
    const plan = JSON.parse(text);
    assert.deepEqual(plan.lines, [{ change: 'add', object: 'guest', text: 'guest "aster-db"' }]);
    assert.deepEqual([plan.raw, plan.baseRevision], ['', 0]);
    for (const word of foreign) assert.ok(!text.includes(word), `${word}: ${text}`);
    assert.deepEqual(await daemon.client.revisions(), before);
  });

  test('sends back what it read only while it is still that', async () => {
    const { aster } = await all();
    await aster.client.putObject('guest', 'aster-db', web);
    const { header } = await aster.ask('GET', '/v1/guests/aster-db');
    const tag = header('etag') as string;
    const body = { nics: [{ segment: 'commons' }] };
    const first = await aster.ask('PUT', '/v1/guests/aster-db', body, { 'if-match': tag });
    assert.equal(first.status, 200, first.text);
    const late = await aster.ask('PUT', '/v1/guests/aster-db', web, { 'if-match': tag });
    assert.equal(late.status, 412, late.text);
    const next = await aster.ask('PUT', '/v1/guests/aster-db', web, { 'if-match': first.header('etag') as string });
    assert.equal(next.status, 200, next.text);
  });

  test('of which the site says nothing looks, and adds nothing', async () => {
    const { daemon } = await all();
    await daemon.client.apply({ site: tenantsSite.replace(/ {2}- name: aster\n(?: {4}.*\n)+/, '') });
    const aster = await tenantOf(daemon, 'aster');
    assert.deepEqual(
      (await aster.client.objects('guest')).map(({ name }) => name),
      ['aster-web'],
    );
    await refused(aster.client.putObject('guest', 'aster-db', web), 'forbidden', /owners/);
    await refused(aster.client.putObject('forward', 'tcp/30010', { to: 'aster-web:80' }), 'forbidden', /owners/);
    await refused(aster.client.macs.lease({ count: 1 }), 'forbidden', /owners/);
  });

  test('cannot have anything wait to be confirmed, which would hold up everybody', async () => {
    const { aster } = await all();
    const objects = [{ op: 'put', kind: 'guest', body: { name: 'aster-db', ...web } }];
    const { status } = await aster.ask('POST', '/v1/changes', { objects, confirmSeconds: 60 });
    assert.equal(status, 403);
  });
});

test('the device of a long name cannot be met by a guest of somebody else whose name was chosen for it', async () => {
  const { aster, daemon } = await all();
  const name = 'aster-with-a-long-name';
  const made = await aster.ask('PUT', `/v1/guests/${name}`, web);
  assert.equal(made.status, 200, made.text);
  const [lease] = (await aster.client.leases()).filter(({ guest }) => guest === name);
  assert.match(lease?.port ?? '', /^bkt-[a-z2-9]{11}$/);
  const stored = await aster.client.object('guest', name);
  const { header } = await aster.ask('GET', `/v1/guests/${name}`);
  assert.equal(made.header('etag'), header('etag'));
  await aster.client.putObject('guest', name, stored.body as object);
  await aster.client.putObject('guest', name, web);
  assert.deepEqual((await daemon.client.object('guest', name)).body, stored.body);
  await aster.client.detach(name, 0);
  await aster.client.attach(name, 0, lease?.port as string);
  await refused(aster.client.attach(name, 0, 'bkp-ast_12345.0'), 'forbidden', /device of the host/);
});
