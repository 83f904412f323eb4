import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { code, mac, macs, nic, noon, order, pool } from './samples.ts';
import type { Bench } from './suite.ts';

/** All or nothing, explicit addresses, and answering twice. */
export function testOrders(bench: Bench): void {
  describe('orders', () => {
    test('a lease says who holds it, since when, and survives a restart', async () => {
      const [lease] = await bench.leases.lease(order([nic('web1', { owner: 'team-a' })], { now: noon }));
      assert.ok(lease);
      assert.deepEqual(
        { ...lease, id: 0 },
        { id: 0, mac: mac(0), state: 'active', guest: 'web1', nic: 0, owner: 'team-a', source: 'request', since: noon },
      );
      await bench.reopen();
      assert.deepEqual(await bench.leases.byId([lease.id]), [lease]);
    });

    test('a bulk order is answered in its order with addresses of its own', async () => {
      const leases = await bench.leases.lease(order(200, { now: noon, owner: 'team-a' }));
      assert.equal(new Set(macs(leases)).size, 200);
      assert.ok(leases.every(({ owner, guest }) => owner === 'team-a' && guest === undefined));
      const second = await bench.leases.lease(order(56, { now: noon }));
      assert.equal(new Set(macs([...leases, ...second])).size, 256);
    });

    test('a bulk order that does not fit leases nothing and says how full the pool is', async () => {
      await bench.leases.lease(order(250, { now: noon }));
      await assert.rejects(bench.leases.lease(order(7, { now: noon })), (error) => {
        code('pool-exhausted', /"default".*02:1a:3f:00:00:00\/40/)(error);
        const { details } = error as { details: Record<string, unknown> };
        assert.deepEqual(
          { size: details.size, free: details.free, held: details.held, quarantined: details.quarantined },
          { size: 256, free: 6, held: 250, quarantined: 0 },
        );
        return true;
      });
      assert.equal(await bench.leases.count({ states: ['active'] }), 250);
      assert.equal((await bench.leases.lease(order(6, { now: noon }))).length, 6);
    });

    test('a MAC address that is named is taken when it is free, inside the pool or not', async () => {
      const wishes = [nic('a', { mac: mac(7) }), nic('b', { mac: '52:54:00:12:34:56' })];
      assert.deepEqual(macs(await bench.leases.lease(order(wishes, { now: noon, pool: undefined }))), [
        mac(7),
        '52:54:00:12:34:56',
      ]);
      assert.ok(!macs(await bench.leases.lease(order(255, { now: noon }))).includes(mac(7)));
    });

    test('named addresses that are held are refused all at once, with their holders', async () => {
      await bench.leases.lease(order([nic('a', { mac: mac(1) }), nic('b', { mac: mac(2) })], { now: noon }));
      const wishes = [nic('x', { mac: mac(1) }), nic('y', { mac: mac(3) }), nic('z', { mac: mac(2) })];
      await assert.rejects(bench.leases.lease(order(wishes, { now: noon })), (error) => {
        code('conflict', /a\/0/)(error);
        const { conflicts } = (error as { details: { conflicts: { index: number; address: string }[] } }).details;
        assert.deepEqual(
          conflicts.map(({ index, address }) => [index, address]),
          [
            [0, mac(1)],
            [2, mac(2)],
          ],
        );
        return true;
      });
      assert.equal(await bench.leases.count({}), 2);
    });

    test('one address named twice in one order is a conflict', async () => {
      const wishes = [nic('x', { mac: mac(1) }), nic('y', { mac: mac(1) })];
      await assert.rejects(bench.leases.lease(order(wishes, { now: noon })), code('conflict'));
      assert.equal(await bench.leases.count({}), 0);
    });

    for (const bad of ['01:00:5e:00:00:01', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'nonsense']) {
      test(`"${bad}" is no MAC address that a NIC may have`, async () => {
        await assert.rejects(
          bench.leases.lease(order([nic('x', { mac: bad })], { now: noon })),
          code('value-invalid', new RegExp(bad)),
        );
      });
    }

    test('the same request key and order get the same answer again, also after a restart and a release', async () => {
      const request = order(5, { now: noon, requestKey: 'deploy-17' });
      const first = await bench.leases.lease(request);
      assert.deepEqual(macs(await bench.leases.lease({ ...request, now: noon + 1000 })), macs(first));
      await bench.reopen();
      assert.deepEqual(macs(await bench.leases.lease({ ...request, now: noon + 2000 })), macs(first));
      assert.equal(await bench.leases.count({}), 5);
    });

    test('the same request key with another order is refused', async () => {
      await bench.leases.lease(order(5, { now: noon, requestKey: 'deploy-17' }));
      await assert.rejects(
        bench.leases.lease(order(6, { now: noon, requestKey: 'deploy-17' })),
        code('conflict', /deploy-17/),
      );
      assert.equal(await bench.leases.count({}), 5);
    });

    test('two who ask with one key at the same time get one answer', async () => {
      const request = order(5, { now: noon, requestKey: 'twice' });
      const [a, b] = await Promise.all([bench.leases.lease(request), bench.leases.lease(request)]);
      assert.deepEqual(a, b);
      assert.equal(await bench.leases.count({}), 5);
    });

    test('a hundred who ask at the same time get a hundred addresses', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => bench.leases.lease(order(2, { now: noon }))));
      assert.equal(new Set(answers.flatMap(macs)).size, 200);
    });

    test('one who fails among many at the same time does not fail the others', async () => {
      await bench.leases.lease(order([nic('a', { mac: mac(0) })], { now: noon, pool: pool() }));
      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          bench.leases.lease(order([nic(`g${i}`, i % 2 ? { mac: mac(0) } : {})], { now: noon })),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 10);
      assert.equal(await bench.leases.count({}), 11);
    });
  });
}
