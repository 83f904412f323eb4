import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import type { MacLease } from '../../src/client/macs.ts';
import { isAppError } from '../../src/errors/app-error.ts';
import * as schemas from '../../src/server/schemas/macs.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { sendRequest } from './raw-request.ts';

const site = readFileSync(exampleSite, 'utf8');

/** The answer, which must be exactly what the OpenAPI document promises. */
async function answerOf<T>(answer: Promise<T>, schema: z.ZodType): Promise<T> {
  const value = await answer;
  (schema instanceof z.ZodObject ? schema.strict() : schema).parse(value);
  return value;
}

const rejectsWith = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const macsOf = (leases: readonly MacLease[]): string[] => leases.map(({ mac }) => mac);

describe('MAC addresses without a site file', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const macs = () => daemon().client.macs;

  test('there is nothing to lease from before there is a pool, which is said with how to make one', async () => {
    assert.deepEqual(await macs().pools(), []);
    await assert.rejects(macs().lease({ count: 1 }), rejectsWith('not-found', /no pool to lease from; make one/));
  });

  test('a pool that the API makes is enough', async () => {
    await daemon().client.putObject('pool', 'default', { range: '02:1a:3f:00:00:00/24' });
    const { leases, warnings } = await answerOf(
      macs().lease({ items: [{ guest: 'web1', owner: 'team-a' }] }),
      schemas.leaseAnswerSchema,
    );
    assert.deepEqual(warnings, []);
    assert.match(leases[0]?.mac ?? '', /^02:1a:3f:/);
    assert.equal(leases[0]?.state, 'active');
    assert.equal(leases[0]?.pool, 'default');
  });

  test('the same NIC gets the same address again', async () => {
    const first = await macs().lease({ items: [{ guest: 'web1' }] });
    const second = await macs().lease({ items: [{ guest: 'web1', nic: 0 }] });
    assert.deepEqual(first.leases, second.leases);
  });

  test('ten thousand addresses come at once, all different', async () => {
    const { leases } = await macs().lease({ count: 10_000, owner: 'bulk' });
    assert.equal(new Set(macsOf(leases)).size, 10_000);
  });

  test('the same request key gives the same answer, in the body as in the header', async () => {
    const request = { count: 3, owner: 'keyed', requestKey: 'order-1' };
    const first = await macs().lease(request);
    assert.deepEqual(await macs().lease(request), first);
    const { requestKey, ...body } = request;
    const raw = await sendRequest(daemon().socket, 'POST', '/v1/macs/leases', {
      headers: { 'idempotency-key': requestKey, 'bridgekeeper-author': 'tester' },
      body: JSON.stringify(body),
    });
    assert.deepEqual(JSON.parse(raw.text), first);
    await assert.rejects(
      macs().lease({ ...request, count: 4 }),
      rejectsWith('conflict', /"order-1" was used for another order/),
    );
  });

  test('one item that cannot be had undoes all others', async () => {
    const { leases } = await macs().lease({ items: [{ guest: 'holder', mac: '52:54:00:00:00:01' }] });
    assert.deepEqual(macsOf(leases), ['52:54:00:00:00:01']);
    const items = [{ guest: 'one' }, { guest: 'two', mac: '52:54:00:00:00:01' }, { guest: 'three' }];
    await assert.rejects(
      macs().lease({ items }),
      rejectsWith('conflict', /"two\/0" is already held by NIC "holder\/0"/),
    );
    assert.deepEqual((await macs().list({ guest: 'one' })).leases, []);
  });

  test('a reserved address is nobody else’s, and becomes active when its NIC leases it', async () => {
    const reserved = await macs().lease({ state: 'reserved', items: [{ guest: 'later', comment: 'comes on Monday' }] });
    assert.equal(reserved.leases[0]?.state, 'reserved');
    const leased = await macs().lease({ items: [{ guest: 'later' }] });
    assert.equal(leased.leases[0]?.state, 'active');
    assert.deepEqual(macsOf(leased.leases), macsOf(reserved.leases));
  });

  test('lists come in pages that hold everything once, and as one stream', async () => {
    const filter = { owner: 'bulk' };
    const paged: MacLease[] = [];
    let from: number | undefined;
    do {
      const page = await answerOf(
        macs().list(filter, { limit: 3000, ...(from === undefined ? {} : { from }) }),
        schemas.macListSchema,
      );
      paged.push(...page.leases);
      from = page.next;
    } while (from !== undefined);
    const streamed = await collect(macs().each(filter));
    assert.equal(paged.length, 10_000);
    assert.deepEqual(streamed, paged);
  });

  test('a stream with a wrong filter is refused, not broken off', async () => {
    await assert.rejects(collect(macs().each({ pool: 'defualt' })), rejectsWith('not-found', /did you mean "default"/));
  });

  test('lists filter by guest, state, vendor and age', async () => {
    assert.deepEqual(macsOf((await macs().list({ vendor: '52:54:00' })).leases), ['52:54:00:00:00:01']);
    await macs().lease({ items: [{ guest: 'esx', mac: '00:50:56:00:00:01' }] });
    const found = await macs().list({ vendor: 'vmware' });
    assert.deepEqual(macsOf(found.leases), ['00:50:56:00:00:01']);
    assert.match(found.leases[0]?.vendor ?? '', /VMware/);
    assert.deepEqual((await macs().list({ guest: 'esx', states: ['reserved'] })).leases, []);
    assert.deepEqual((await macs().list({ guest: 'esx', before: Date.now() - 60_000 })).leases, []);
    assert.equal((await macs().list({ guest: 'esx', after: Date.now() - 60_000 })).leases.length, 1);
  });

  test('a released address rests, and is found by whom it was held before', async () => {
    const { released } = await answerOf(
      macs().release({ nics: [{ guest: 'holder', nic: 0 }] }),
      schemas.releaseAnswerSchema,
    );
    assert.equal(released[0]?.state, 'quarantined');
    assert.equal((released[0]?.freeAt ?? 0) - (released[0]?.releasedAt ?? 0), 1_800_000);
    await assert.rejects(
      macs().lease({ items: [{ guest: 'other', mac: '52:54:00:00:00:01' }] }),
      rejectsWith('conflict', /quarantine until/),
    );
    const now = await answerOf(macs().who('52:54:00:00:00:01'), schemas.macHolderSchema);
    assert.equal(now.lease, undefined);
    assert.equal(now.before?.guest, 'holder');
    const then = await macs().who('52:54:00:00:00:01', released[0]?.since);
    assert.equal(then.lease?.guest, 'holder');
  });

  test('what was released already is not released twice, but can be freed at once', async () => {
    const target = { macs: ['52:54:00:00:00:01'] };
    await assert.rejects(macs().release(target), rejectsWith('conflict', /was released already and rests until/));
    const plan = await macs().release({ ...target, now: true, dryRun: true });
    assert.equal(plan.released[0]?.state, 'quarantined');
    assert.equal((await macs().release({ ...target, now: true })).released[0]?.state, 'free');
    const { leases } = await macs().lease({ items: [{ guest: 'other', mac: '52:54:00:00:00:01' }] });
    assert.equal(leases[0]?.guest, 'other');
  });

  test('everything of a request key, and everything of an owner, is released together', async () => {
    assert.equal((await macs().release({ requestKey: 'order-1' })).released.length, 3);
    assert.equal((await macs().release({ owner: 'bulk' })).released.length, 10_000);
    assert.equal((await macs().release({ owner: 'bulk' })).released.length, 0);
    await assert.rejects(
      macs().release({ requestKey: 'order-2' }),
      rejectsWith('not-found', /Nothing was leased under the request key "order-2"/),
    );
    await assert.rejects(macs().release({}), rejectsWith('value-invalid', /Nothing is named/));
  });

  test('an address is shown with its kind, pool, holder, history and journal', async () => {
    const details = await answerOf(macs().show('52-54-00-00-00-01'), schemas.macDetailsSchema);
    assert.equal(details.mac, '52:54:00:00:00:01');
    assert.equal(details.kind.quadrant, 'AAI');
    assert.equal(details.lease?.guest, 'other');
    assert.deepEqual(
      details.history.map(({ guest }) => guest),
      ['other', 'holder'],
    );
    assert.ok(details.journal.some(({ kind, who }) => kind === 'lease' && who === 'tester'));
    const vendor = await macs().show('00:50:56:00:00:99');
    assert.match(vendor.kind.vendor ?? '', /VMware/);
    assert.match(vendor.kind.vendorRegistryOf ?? '', /^\d{4}-\d\d-\d\d$/);
    await assert.rejects(macs().show('52:54'), rejectsWith('value-invalid', /is not six pairs/));
  });
});

describe('pools of MAC addresses', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const macs = () => daemon().client.macs;

  test('a small pool warns at its grades, once in the journal, and says when it is full', async () => {
    await daemon().client.putObject('pool', 'small', { range: '02:1a:3f:00:00:00/44', warnings: [50, 90] });
    assert.deepEqual((await macs().lease({ count: 7 })).warnings, []);
    const { warnings } = await macs().lease({ count: 1 });
    assert.match(warnings[0] ?? '', /Pool "small" is 50 % full \(it warns at 50 %\): 8 of 16 addresses are free/);
    assert.equal((await macs().lease({ count: 1 })).warnings.length, 1);
    const status = await daemon().client.status();
    assert.ok(status.warnings.some((warning) => warning.includes('Pool "small"')));
    const journal = await daemon().client.journal(100);
    assert.equal(journal.filter(({ kind }) => kind === 'fill').length, 1);
    await macs().lease({ count: 7, owner: 'late' });
    await assert.rejects(macs().lease({ count: 1 }), rejectsWith('pool-exhausted', /small/));
    await macs().release({ owner: 'late' });
    const [pool] = await answerOf(macs().pools(), z.array(schemas.poolViewSchema.strict()));
    assert.equal(pool?.held, 9);
    assert.equal(pool?.quarantined, 7);
    assert.equal(pool?.free, 0);
    assert.equal(pool?.percent, 100);
    assert.ok((pool?.nextFreeAt ?? 0) > Date.now());
  });

  test('a sub-pool is carved where nobody leases, is for its owner, and is a hole of its parent', async () => {
    await daemon().client.putObject('pool', 'large', {
      range: '02:1a:40:00:00:00/32',
      strategy: 'sequential',
      reserved: ['02:1a:40:00:01:00/40'],
    });
    const { leases } = await macs().lease({ pool: 'large', items: [{ guest: 'early', nic: 0 }] });
    assert.deepEqual(macsOf(leases), ['02:1a:40:00:00:00']);
    const { pool } = await answerOf(
      macs().carve('large', { name: 'team-a', size: 200, owner: 'team-a' }),
      schemas.carveAnswerSchema,
    );
    // The first 256 hold a lease, the second are reserved.
    assert.equal(pool.range, '02:1a:40:00:02:00/40');
    assert.equal(pool.size, 256);
    const team = await macs().lease({ pool: 'large', items: [{ guest: 'theirs', owner: 'team-a' }] });
    assert.deepEqual(macsOf(team.leases), ['02:1a:40:00:02:00']);
    const large = (await macs().pools()).find(({ name }) => name === 'large');
    assert.deepEqual([large?.reserved, large?.carved, large?.held], [256, 256, 1]);
  });

  test('a sub-pool goes back when nobody holds an address of it, and who does is named', async () => {
    await assert.rejects(
      macs().giveBack('team-a'),
      rejectsWith('conflict', /1 lease of it is held \(02:1a:40:00:02:00 of NIC "theirs\/0"\)/),
    );
    await macs().release({ nics: [{ guest: 'theirs', nic: 0 }] });
    await macs().giveBack('team-a');
    assert.equal(
      (await macs().pools()).some(({ name }) => name === 'team-a'),
      false,
    );
    const { leases } = await macs().lease({ pool: 'large', items: [{ guest: 'next' }] });
    assert.deepEqual(macsOf(leases), ['02:1a:40:00:00:01']);
  });

  test('a part that cannot be carved is refused with what is in its way', async () => {
    const carve = (body: Parameters<ReturnType<typeof macs>['carve']>[1], pool = 'large') => macs().carve(pool, body);
    await assert.rejects(carve({ name: 'x', size: 4 }, 'lrage'), rejectsWith('not-found', /did you mean "large"/));
    await assert.rejects(
      carve({ name: 'x', size: 1_000_000 }),
      rejectsWith('value-invalid', /1048576 addresses does not fit into pool "large"/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:40:00:00:00/40' }),
      rejectsWith('conflict', /holds 2 leases of others/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:40:00:01:80/41' }),
      rejectsWith('conflict', /which pool "large" reserves/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:41:00:00:00/40' }),
      rejectsWith('value-invalid', /is not within pool "large"/),
    );
    await assert.rejects(carve({ name: 'small', size: 4 }), rejectsWith('conflict', /There is a pool "small" already/));
    await assert.rejects(carve({ name: 'x', size: 4, segment: 'dev' }), rejectsWith('not-found', /no segment "dev"/));
    await assert.rejects(carve({ name: 'x', size: 65_536 }), rejectsWith('pool-exhausted', /no aligned part of 65536/));
    assert.deepEqual(
      (await macs().pools()).map(({ name }) => name),
      ['small', 'large'],
    );
  });

  test('capacity is told pool by pool', async () => {
    const pools = await answerOf(macs().capacity(), z.array(schemas.poolCapacitySchema.strict()));
    const small = pools.find(({ pool }) => pool === 'small');
    assert.deepEqual([small?.size, small?.held, small?.free], [16, 9, 0]);
  });
});

describe('MAC addresses beside a site', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const macs = () => daemon().client.macs;

  test('a NIC of the site answers with its lease, port and port block, and only the site ends it', async () => {
    await daemon().client.apply({ site });
    const { leases } = await macs().lease({ items: [{ guest: 'web1' }] });
    const [held] = (await daemon().client.leases()).filter(({ guest }) => guest === 'web1');
    assert.equal(leases[0]?.mac, held?.mac);
    assert.equal(leases[0]?.ipv4, held?.ipv4);
    assert.equal(leases[0]?.portBlock, held?.portBlock);
    assert.equal(leases[0]?.source, 'site');
    await assert.rejects(macs().release({ nics: [{ guest: 'web1', nic: 0 }] }), rejectsWith('conflict', /of the site/));
  });

  test("leases of the site are listed by their owner, and kept when the owner's are released", async () => {
    const listed = await macs().list({ owner: 'team-a' });
    assert.deepEqual(listed.leases.map(({ guest }) => guest).sort(), ['db1', 'web1']);
    await macs().lease({ items: [{ guest: 'more', owner: 'team-a' }] });
    const { released, kept } = await macs().release({ owner: 'team-a' });
    assert.deepEqual([released.length, kept.length], [1, 2]);
  });

  test('a NIC that leased before it stood in the site keeps its addresses there', async () => {
    const { leases } = await macs().lease({ items: [{ guest: 'web9', segment: 'dev', owner: 'team-a' }] });
    const [ahead] = leases;
    await daemon().client.apply({
      site: site.replace('guests:\n', 'guests:\n  - {name: web9, owner: team-a, nics: [{segment: dev}]}\n'),
    });
    const [held] = (await daemon().client.leases()).filter(({ guest }) => guest === 'web9');
    assert.deepEqual([held?.mac, held?.ipv4, held?.ipv6], [ahead?.mac, ahead?.ipv4, ahead?.ipv6]);
    const { leases: now } = await macs().lease({ items: [{ guest: 'web9' }] });
    assert.equal(now[0]?.source, 'site');
  });

  test('an import is planned, refused for one conflict, and takes the rest when told to', async () => {
    const items = [
      { where: 'line 1', mac: '52:54:00:aa:00:01', guest: 'old1', segment: 'dev', ip4: '10.77.10.201' },
      { where: 'line 2', mac: '02:1a:3f:00:10:01', guest: 'old2' },
      { where: 'line 3', mac: '52:54:00:aa:00:01', guest: 'old3' },
      { where: 'line 4', mac: '01:00:5e:00:00:01' },
      { where: 'line 5', mac: '02:1a:3f:00:10:01', guest: 'db1' },
    ];
    const plan = await answerOf(macs().import({ items, dryRun: true }), schemas.importAnswerSchema);
    assert.deepEqual(
      plan.outcomes.map(({ outcome }) => outcome),
      ['taken', 'conflict', 'conflict', 'conflict', 'known'],
    );
    assert.match(plan.outcomes[1]?.conflict ?? '', /is held by NIC "db1\/0"/);
    assert.match(plan.outcomes[2]?.conflict ?? '', /stands at line 1 already/);
    assert.match(plan.outcomes[3]?.conflict ?? '', /group address/);
    assert.deepEqual((await macs().list({ guest: 'old1' })).leases, []);
    await assert.rejects(
      macs().import({ items }),
      rejectsWith('conflict', /3 of 5 addresses cannot be taken over, so none was; the first is at line 2/),
    );
    assert.deepEqual((await macs().list({ guest: 'old1' })).leases, []);
    const done = await macs().import({ items, skipConflicts: true });
    const [taken] = (await macs().list({ guest: 'old1' })).leases;
    assert.equal(taken?.id, done.outcomes[0]?.lease);
    assert.equal(taken?.ipv4, '10.77.10.201');
    const again = await macs().import({ items: items.slice(0, 1) });
    assert.deepEqual(
      again.outcomes.map(({ outcome }) => outcome),
      ['known'],
    );
  });

  test('requests that are malformed are refused with their place', async () => {
    const post = async (body: string) =>
      JSON.parse(
        (
          await sendRequest(daemon().socket, 'POST', '/v1/macs/leases', {
            body,
          })
        ).text,
      );
    assert.match((await post('{"items":[{},{"mac":7}]}')).detail, /items\.1\.mac/);
    assert.equal((await post('{"count":0}')).code, 'request-invalid');
    assert.equal((await post('{"count":1000000000}')).code, 'request-invalid');
    assert.equal((await post('{"itmes":[]}')).code, 'request-invalid');
  });
});
