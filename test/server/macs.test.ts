import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import type { MacLease } from '../../src/client/macs.ts';
import * as schemas from '../../src/server/schemas/macs.ts';
import { daemonOfSuite } from '../daemon/test-daemon.ts';
import { answerOf, collect, macsOf, rejectsWith } from './answers.ts';
import { sendRequest } from './raw-request.ts';

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
      rejectsWith('conflict', /"order-1" was used for another request/),
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
    let after: string | undefined;
    do {
      const page = await answerOf(
        macs().list(filter, { limit: 3000, ...(after === undefined ? {} : { after }) }),
        z.object({ leases: z.array(schemas.macLeaseSchema.strict()), next: z.string().exactOptional() }),
      );
      paged.push(...page.leases);
      after = page.next;
    } while (after !== undefined);
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
    assert.equal(plan.released[0]?.state, 'free');
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
