import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Lease } from '../../../src/registry/leases/leases.ts';
import { ada, begin, code, halfHour, mac, macs, nic, noon, order, pool } from './samples.ts';
import type { Bench } from './suite.ts';

/** What becomes of addresses that were given back. */
export function testReleases(bench: Bench): void {
  describe('releases', () => {
    const release = (leases: readonly Lease[], now: number, seconds = 1800) =>
      bench.leases.release({ ids: leases.map(({ id }) => id), quarantine: () => seconds, actor: ada, now });

    test('a released address rests, is drawn by nobody, and is free after its quarantine', async () => {
      const leases = await bench.leases.lease(order(256, { now: noon }));
      const [released] = await release(leases.slice(5, 6), noon + 1000);
      assert.deepEqual(
        [released?.state, released?.releasedAt, released?.freeAt],
        ['quarantined', noon + 1000, noon + 1000 + halfHour],
      );
      await assert.rejects(bench.leases.lease(order(1, { now: noon + halfHour })), (error) => {
        code('pool-exhausted')(error);
        const { details } = error as { details: Record<string, unknown> };
        assert.deepEqual([details.quarantined, details.nextFreeAt], [1, noon + 1000 + halfHour]);
        return true;
      });
      await bench.reopen();
      await assert.rejects(bench.leases.lease(order(1, { now: noon + halfHour })), code('pool-exhausted'));
      assert.deepEqual(macs(await bench.leases.lease(order(1, { now: noon + 1000 + halfHour }))), [mac(5)]);
    });

    test('an address in quarantine is refused to others who name it, with the time when it is free', async () => {
      const leases = await bench.leases.lease(order([nic('a')], { now: noon }));
      await release(leases, noon);
      const other = order([nic('b', { mac: mac(0) })], { now: noon + 1 });
      await assert.rejects(
        bench.leases.lease(other),
        code('conflict', new RegExp(new Date(noon + halfHour).toISOString())),
      );
      assert.equal((await bench.leases.lease({ ...other, now: noon + halfHour })).length, 1);
    });

    test('releasing with no quarantine frees at once, also what rests already', async () => {
      const leases = await bench.leases.lease(order(2, { now: noon }));
      await release(leases.slice(0, 1), noon, 0);
      await release(leases.slice(1), noon);
      await release(leases.slice(1), noon + 1, 0);
      assert.deepEqual(macs(await bench.leases.lease(order(2, { now: noon + 2 }))), [mac(0), mac(1)]);
    });

    test('a release is all or nothing', async () => {
      const leases = await bench.leases.lease(order(3, { now: noon }));
      const ghost = { ...leases[0], id: 987_654 } as Lease;
      await assert.rejects(release([...leases, ghost], noon), code('not-found', /987654/));
      assert.equal(await bench.leases.count({ states: ['active'] }), 3);
    });

    test('what was released is not released again', async () => {
      const leases = await bench.leases.lease(order(1, { now: noon }));
      await release(leases, noon);
      await assert.rejects(release(leases, noon + 1), code('conflict'));
    });

    test('a clock that goes back does not shorten a quarantine', async () => {
      const leases = await bench.leases.lease(order(256, { now: noon }));
      await release(leases, noon - 5 * halfHour);
      await assert.rejects(bench.leases.lease(order(1, { now: noon })), code('pool-exhausted'));
    });

    test('a NIC that comes back gets its address again, in quarantine or after it', async () => {
      for (const later of [1, 2 * halfHour]) {
        const name = `web${later}`;
        const wish = order([nic(name)], { now: noon, pool: pool({ strategy: 'random', last: begin + 0xffff }) });
        const before = await bench.leases.lease(wish);
        await release(before, noon);
        const after = await bench.leases.lease({ ...wish, now: noon + later });
        assert.deepEqual(macs(after), macs(before));
        assert.notEqual(after[0]?.id, before[0]?.id);
      }
    });

    test('every lease of an address stays in its history', async () => {
      for (let i = 0; i < 3; i++) {
        const leases = await bench.leases.lease(order([nic(`g${i}`, { mac: mac(9) })], { now: noon + i * halfHour }));
        await release(leases, noon + i * halfHour + 1, 60);
      }
      const history = await bench.leases.ofMac(begin + 9);
      assert.deepEqual(
        history.map(({ guest, since, releasedAt }) => [guest, since, releasedAt]),
        [2, 1, 0].map((i) => [`g${i}`, noon + i * halfHour, noon + i * halfHour + 1]),
      );
      assert.deepEqual(await bench.leases.ofMac(begin + 10), []);
    });
  });
}
