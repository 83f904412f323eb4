import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ada,
  begin,
  code,
  dev,
  mac,
  macs,
  nic,
  noon,
  order,
  pool,
  strategies,
} from '../../conformance/leases/samples.ts';
import { withStore } from './bench-store.ts';

/** Each `open` has a connection and a memory of its own, as another process has. */
describe('several that share one registry', () => {
  for (const strategy of strategies) {
    test(`give every address of a ${strategy} pool once, turn by turn`, () =>
      withStore(async ({ open }) => {
        const [one, other] = [await open(), await open()];
        const from = pool({ strategy, last: begin + 63 });
        const seen: string[] = [];
        for (let i = 0; i < 64; i++) {
          seen.push(...macs(await (i % 2 ? one : other).lease(order(1, { now: noon, pool: from }))));
        }
        assert.equal(new Set(seen).size, 64);
        for (const leases of [one, other]) {
          await assert.rejects(leases.lease(order(1, { now: noon, pool: from })), (error) => {
            code('pool-exhausted')(error);
            assert.equal((error as { details: { held?: number } }).details.held, 64);
            return true;
          });
        }
      }));
  }

  test('what one frees the other finds, even when it thought that the pool was full', () =>
    withStore(async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const mine = await one.lease(order(256, { now: noon }));
      await assert.rejects(other.lease(order(1, { now: noon })), code('pool-exhausted'));
      const gone = { ids: [mine[77]?.id ?? 0], quarantine: () => 0, actor: ada, now: noon };
      await one.release(gone);
      assert.deepEqual(macs(await other.lease(order(1, { now: noon }))), [mac(77)]);
    }));

  test('an address that rests by the will of one is drawn by no other', () =>
    withStore(async ({ open }) => {
      const [one, other] = [await open(), await open()];
      await other.lease(order(1, { now: noon }));
      const [mine] = await one.lease(order(1, { now: noon }));
      await one.release({ ids: [mine?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
      assert.deepEqual([mine?.mac, ...macs(await other.lease(order(1, { now: noon + 1 })))], [mac(1), mac(2)]);
      assert.deepEqual(macs(await other.lease(order(2, { now: noon + 60_000 }))), [mac(1), mac(3)]);
    }));

  test('the walk of a cycle goes on where the other one left it', () =>
    withStore(async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const from = pool({ strategy: 'cycle' });
      const seen: string[] = [];
      for (let i = 0; i < 256; i++) {
        const leases = i % 2 ? one : other;
        const [lease] = await leases.lease(order(1, { now: noon + i, pool: from }));
        seen.push(lease?.mac ?? '');
        await leases.release({ ids: [lease?.id ?? 0], quarantine: () => 0, actor: ada, now: noon + i });
      }
      assert.equal(new Set(seen).size, 256);
    }));

  test('IPv4 addresses come from what all of them have left', () =>
    withStore(async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const ips: (string | undefined)[] = [];
      for (const [i, leases] of [one, other, one, other, one].entries()) {
        const wish = order([nic(`g${i}`, { segment: 'dev' })], { now: noon, segments: [dev] });
        ips.push((await leases.lease(wish))[0]?.ipv4);
      }
      assert.deepEqual(ips, ['10.77.10.2', '10.77.10.3', '10.77.10.4', '10.77.10.5', '10.77.10.6']);
      const wish = order([nic('late', { segment: 'dev' })], { now: noon, segments: [dev] });
      await assert.rejects(other.lease(wish), code('pool-exhausted', /"dev"/));
    }));

  test('write at the same time without getting in the way of each other', () =>
    withStore(async ({ open }) => {
      const all = await Promise.all([open(), open(), open(), open()]);
      const answers = await Promise.all(
        all.flatMap((leases) => Array.from({ length: 10 }, () => leases.lease(order(6, { now: noon })))),
      );
      assert.equal(new Set(answers.flatMap(macs)).size, 240);
    }));

  test('a request key is known to all', () =>
    withStore(async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const request = order(5, { now: noon, requestKey: 'deploy-17' });
      const first = await one.lease(request);
      assert.deepEqual(await other.lease(request), first);
      assert.deepEqual(await other.ofRequest('deploy-17'), first);
      assert.deepEqual(await other.ofRequest('deploy-18'), []);
    }));
});
