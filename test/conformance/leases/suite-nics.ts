import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { eui64 } from './eui64.ts';
import { ada, code, dev, mac, macs, nic, noon, order } from './samples.ts';
import type { Bench } from './suite.ts';

/** Leases of NICs, and the IP addresses that come with them. */
export function testNics(bench: Bench): void {
  describe('NICs', () => {
    const on = { segment: 'dev' };

    test('a NIC that asks again gets the lease that it holds', async () => {
      const first = await bench.leases.lease(order([nic('web1')], { now: noon }));
      assert.deepEqual(await bench.leases.lease(order([nic('web1')], { now: noon + 5 })), first);
      assert.equal(await bench.leases.count({}), 1);
    });

    test('a reserved address becomes active when its NIC leases', async () => {
      const wish = order([nic('web1', { mac: mac(40), comment: 'for the new printer' })], { now: noon });
      const [reserved] = await bench.leases.lease({ ...wish, state: 'reserved' });
      assert.deepEqual([reserved?.state, reserved?.comment], ['reserved', 'for the new printer']);
      const [active] = await bench.leases.lease(order([nic('web1')], { now: noon + 1 }));
      assert.deepEqual([active?.id, active?.mac, active?.state], [reserved?.id, mac(40), 'active']);
    });

    test('a NIC that holds an address is refused another one', async () => {
      await bench.leases.lease(order([nic('web1')], { now: noon }));
      await assert.rejects(
        bench.leases.lease(order([nic('web1', { mac: mac(77) })], { now: noon })),
        code('conflict', /web1\/0/),
      );
    });

    test('with a segment come the lowest free IPv4 address after the gateway and a stable IPv6 address', async () => {
      const [a, b] = await bench.leases.lease(order([nic('a', on), nic('b', on)], { now: noon, segments: [dev] }));
      assert.deepEqual([a?.ipv4, b?.ipv4], ['10.77.10.2', '10.77.10.3']);
      assert.match(a?.ipv6 ?? '', /^fd00:77:10:/);
      assert.notEqual(a?.ipv6, b?.ipv6);
      await bench.leases.release({ ids: [a?.id ?? 0], quarantine: () => 0, actor: ada, now: noon });
      const [c, again] = await bench.leases.lease(
        order([nic('c', on), nic('a', on)], { now: noon + 1, segments: [dev] }),
      );
      assert.equal(again?.ipv6, a?.ipv6);
      assert.equal(new Set([b?.ipv4, c?.ipv4, again?.ipv4]).size, 3);
    });

    test('IPv6 addresses derived from the MAC address are, by choice', async () => {
      const segments = [{ ...dev, address6: 'eui64' as const }];
      const [a] = await bench.leases.lease(order([nic('a', on)], { now: noon, segments }));
      assert.equal(a?.ipv6, eui64('fd00:77:10::', parseMacAddress(a?.mac ?? '')));
    });

    test('a segment without a free IPv4 address is refused, and no MAC address is spent', async () => {
      const guests = ['a', 'b', 'c', 'd', 'e'].map((name) => nic(name, on));
      await bench.leases.lease(order(guests, { now: noon, segments: [dev] }));
      await assert.rejects(
        bench.leases.lease(order([nic('f', on)], { now: noon, segments: [dev] })),
        code('pool-exhausted', /"dev".*10\.77\.10\.0\/29/),
      );
      assert.deepEqual(macs(await bench.leases.lease(order(1, { now: noon }))), [mac(5)]);
    });

    test('an IP address that is named is taken, and refused to a second one', async () => {
      const wish = nic('a', { ...on, ipv4: '10.77.10.5', ipv6: 'fd00:77:10::5' });
      const [a] = await bench.leases.lease(order([wish], { now: noon, segments: [dev] }));
      assert.deepEqual([a?.ipv4, a?.ipv6], ['10.77.10.5', 'fd00:77:10::5']);
      for (const address of [{ ipv4: '10.77.10.5' }, { ipv6: 'fd00:77:10::5' }]) {
        await assert.rejects(
          bench.leases.lease(order([nic('b', { ...on, ...address })], { now: noon, segments: [dev] })),
          code('conflict', /a\/0/),
        );
      }
    });

    test('two segments may hold one IP address', async () => {
      const lab = { ...dev, name: 'lab' };
      const wishes = [
        nic('a', { segment: 'dev', ipv4: '10.77.10.4' }),
        nic('b', { segment: 'lab', ipv4: '10.77.10.4' }),
      ];
      assert.equal((await bench.leases.lease(order(wishes, { now: noon, segments: [dev, lab] }))).length, 2);
    });

    test('the latest lease of a NIC is the one it holds, else the one it held last', async () => {
      const leases = await bench.leases.lease(order([nic('a'), nic('b')], { now: noon }));
      await bench.leases.release({ ids: [leases[1]?.id ?? 0], quarantine: () => 60, actor: ada, now: noon + 1 });
      const latest = await bench.leases.latest(['a', 'b', 'c'].map((guest) => ({ guest, nic: 0 })));
      assert.deepEqual(
        [...latest].map(([id, { mac: address, state }]) => [id, address, state]),
        [
          ['a/0', mac(0), 'active'],
          ['b/0', mac(1), 'quarantined'],
        ],
      );
    });

    test('held and resting addresses bar others, free ones do not', async () => {
      const leases = await bench.leases.lease(
        order([nic('a', on), nic('b', on), nic('c', on)], { now: noon, segments: [dev] }),
      );
      const [, b, c] = leases;
      await bench.leases.release({ ids: [b?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
      await bench.leases.release({ ids: [c?.id ?? 0], quarantine: () => 0, actor: ada, now: noon });
      const keys = [mac(0), mac(1), mac(2), mac(3), 'dev 10.77.10.2', 'dev 10.77.10.3', 'dev 10.77.10.4'];
      const barring = await bench.leases.barring(keys, noon + 1);
      assert.deepEqual([...barring].map(([key, { guest, state }]) => [key, guest, state]).sort(), [
        [mac(0), 'a', 'active'],
        [mac(1), 'b', 'quarantined'],
        ['dev 10.77.10.2', 'a', 'active'],
        ['dev 10.77.10.3', 'b', 'quarantined'],
      ]);
      assert.equal((await bench.leases.barring([mac(1)], noon + 60_000)).size, 0);
    });
  });
}
