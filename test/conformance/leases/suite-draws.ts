import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begin, code, mac, macs, nic, noon, order, pool, strategies } from './samples.ts';
import type { Bench } from './suite.ts';

/** Which addresses are drawn from a pool. */
export function testDraws(bench: Bench): void {
  describe('draws', () => {
    for (const strategy of strategies) {
      test(`${strategy} gives every address of a pool once, and then says that there is none`, async () => {
        const from = pool({ strategy });
        const seen: string[] = [];
        for (let i = 0; i < 16; i++) seen.push(...macs(await bench.leases.lease(order(15, { now: noon, pool: from }))));
        for (let i = 0; i < 16; i++) {
          seen.push(...macs(await bench.leases.lease(order([nic(`g${i}`)], { now: noon, pool: from }))));
        }
        assert.deepEqual(
          seen.sort(),
          Array.from({ length: 256 }, (_, i) => mac(i)),
        );
        await assert.rejects(bench.leases.lease(order(1, { now: noon, pool: from })), code('pool-exhausted'));
      });

      test(`${strategy} leaves holes and sighted addresses alone, and goes on after a restart`, async () => {
        const from = pool({ strategy, holes: [{ first: begin + 10, last: begin + 99 }] });
        bench.leases.avoid([begin + 100, begin + 101]);
        const before = macs(await bench.leases.lease(order(64, { now: noon, pool: from })));
        await bench.reopen();
        bench.leases.avoid([begin + 100, begin + 101]);
        const after = macs(await bench.leases.lease(order(100, { now: noon, pool: from })));
        const expected = Array.from({ length: 256 }, (_, i) => i).filter((i) => i < 10 || i > 101);
        assert.deepEqual([...before, ...after].sort(), expected.map(mac));
        await assert.rejects(bench.leases.lease(order(1, { now: noon, pool: from })), code('pool-exhausted'));
        bench.leases.avoid([]);
        assert.equal((await bench.leases.lease(order(2, { now: noon, pool: from }))).length, 2);
      });
    }

    test('sequential gives the lowest free address', async () => {
      await bench.leases.lease(order([nic('a', { mac: mac(1) })], { now: noon }));
      assert.deepEqual(macs(await bench.leases.lease(order(3, { now: noon }))), [mac(0), mac(2), mac(3)]);
    });

    test('hashed gives a guest the same address again after its lease is long forgotten', async () => {
      const from = pool({ strategy: 'hashed', last: begin + 0xffff });
      const [first] = await bench.leases.lease(order([nic('web1', { uuid: 'u-1' })], { now: noon, pool: from }));
      assert.ok(first);
      const release = { ids: [first.id], quarantine: () => 0, actor: { who: 'ada', from: 'test' }, now: noon };
      await bench.leases.release(release);
      const [again] = await bench.leases.lease(order([nic('other', { uuid: 'u-1' })], { now: noon + 1, pool: from }));
      assert.equal(again?.mac, first.mac);
    });

    test('cycle gives an address back only after all others', async () => {
      const from = pool({ strategy: 'cycle', quarantine: 1 });
      const order1 = order(1, { now: noon, pool: from });
      const seen: string[] = [];
      for (let i = 0; i < 512; i++) {
        const now = noon + i * 10_000;
        const [lease] = await bench.leases.lease({ ...order1, now });
        assert.ok(lease);
        seen.push(lease.mac);
        await bench.leases.release({ ids: [lease.id], quarantine: () => 1, actor: order1.actor, now });
        if (i === 300) await bench.reopen();
      }
      assert.equal(new Set(seen.slice(0, 256)).size, 256);
      assert.deepEqual(seen.slice(256), seen.slice(0, 256));
    });

    test('a sub-pool and the pool that it was carved out of never meet', async () => {
      const child = pool({ name: 'team-a', first: begin + 64, last: begin + 127 });
      const parent = pool({ holes: [{ first: begin + 64, last: begin + 127 }] });
      const a = macs(await bench.leases.lease(order(192, { now: noon, pool: parent })));
      const b = macs(await bench.leases.lease(order(64, { now: noon, pool: child })));
      assert.equal(new Set([...a, ...b]).size, 256);
    });

    test('a pool that was given another range draws from that', async () => {
      await bench.leases.lease(order(10, { now: noon }));
      const [lease] = await bench.leases.lease(
        order(1, { now: noon, pool: pool({ first: begin + 512, last: begin + 600 }) }),
      );
      assert.equal(lease?.mac, mac(512));
    });

    test('what was drawn and not used yet is drawn by nobody else for a minute', async () => {
      const wish = [{ title: 'NIC "a/0"' }];
      const [first] = await bench.leases.drawMacs(pool(), wish, noon);
      const [second] = await bench.leases.drawMacs(pool(), wish, noon + 30_000);
      const [third] = await bench.leases.drawMacs(pool(), wish, noon + 61_000);
      assert.deepEqual([first, second, third], [begin, begin + 1, begin]);
    });
  });
}
