import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIpv4Subnet } from '../../../src/model/subnet.ts';
import type { SegmentSpace } from '../../../src/registry/leases/leases.ts';
import { ada, begin, code, dev, mac, nic, noon, order, pool } from '../../conformance/leases/samples.ts';
import { withStore } from './bench-store.ts';

const prod: SegmentSpace = { name: 'prod', subnet: parseIpv4Subnet('10.77.20.0/29'), address6: 'opaque' };
const segments = [dev, prod];

describe('a guest that comes back within the quarantine', () => {
  test('on another segment leaves its old IP address in quarantine: nobody else gets it', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [first] = await leases.lease(order([nic('a', { segment: 'dev' })], { now: noon, segments }));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 1800, actor: ada, now: noon });
      const [moved] = await leases.lease(order([nic('a', { segment: 'prod' })], { now: noon + 1000, segments }));
      assert.equal(moved?.mac, first?.mac);
      const [other] = await leases.lease(order([nic('b', { segment: 'dev' })], { now: noon + 2000, segments }));
      assert.notEqual(other?.ipv4, first?.ipv4);
      const [later] = await leases.lease(order([nic('c', { segment: 'dev' })], { now: noon + 1_801_000, segments }));
      assert.equal(later?.ipv4, first?.ipv4);
      assert.deepEqual(await leases.fill({ first: begin, last: begin + 255 }, noon + 1_801_000), {
        at: noon + 1_801_000,
        held: 3,
        quarantined: 0,
      });
    }));

  test('with its IP address on another NIC leaves the MAC address in quarantine', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [first] = await leases.lease(order([nic('a', { segment: 'dev' })], { now: noon, segments }));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 1800, actor: ada, now: noon });
      const second = nic('a', { nic: 1, segment: 'dev', ipv4: first?.ipv4 as string });
      const [back] = await leases.lease(order([second], { now: noon + 1000, segments }));
      assert.equal(back?.ipv4, first?.ipv4);
      const drawn = await leases.lease(order(10, { now: noon + 2000 }));
      assert.ok(!drawn.some((lease) => lease.mac === first?.mac));
      const named = leases.lease(order([nic('b', { mac: first?.mac as string })], { now: noon + 3000 }));
      await assert.rejects(named, code('conflict', /in quarantine/));
    }));

  test('is not the guest of the same name that another owner has', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const of = (owner: string, now: number) => order([nic('web1', { segment: 'dev', owner })], { now, segments });
      const [first] = await leases.lease(of('team-a', noon));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 1800, actor: ada, now: noon });
      const [other] = await leases.lease(of('team-b', noon + 1000));
      assert.notEqual(other?.mac, first?.mac);
      assert.notEqual(other?.ipv4, first?.ipv4);
      const named = order([nic('web1', { nic: 1, mac: first?.mac as string, owner: 'team-b' })], { now: noon + 2000 });
      await assert.rejects(leases.lease(named), code('conflict', /in quarantine/));
    }));

  test('gets no address back that its pool has reserved or carved out since', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [first] = await leases.lease(order([nic('a')], { now: noon }));
      await leases.release({ ids: [first?.id ?? 0], quarantine: () => 1800, actor: ada, now: noon });
      const holed = pool({ holes: [{ first: begin, last: begin + 15 }] });
      const [back] = await leases.lease(order([nic('a')], { now: noon + 1000, pool: holed }));
      assert.equal(back?.mac, mac(16));
    }));
});

describe('a NIC that holds a lease', () => {
  test('is not answered to another owner as if it were that one’s', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      await leases.lease(order([nic('web1', { owner: 'team-a' })], { now: noon }));
      const other = leases.lease(order([nic('web1', { owner: 'team-b' })], { now: noon + 1 }));
      await assert.rejects(other, code('conflict', /owner "team-a"/));
    }));

  test('that was reserved without a segment gets its IP addresses when it is leased in one', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [kept] = await leases.lease(order([nic('a')], { now: noon, state: 'reserved' }));
      const [used] = await leases.lease(order([nic('a', { segment: 'dev' })], { now: noon + 1, segments }));
      assert.deepEqual([used?.mac, used?.state, used?.ipv4], [kept?.mac, 'active', '10.77.10.2']);
      assert.equal((await leases.list({ limit: 10 })).leases.filter(({ state }) => state !== 'free').length, 1);
    }));
});

describe('an address of nobody in particular', () => {
  test('that was reserved for no owner is refused to a NIC that names it', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      await leases.lease(order([{ mac: mac(7), comment: 'the old printer' }], { now: noon, state: 'reserved' }));
      for (const wish of [nic('a', { mac: mac(7) }), nic('a', { mac: mac(7), owner: 'team-a' })])
        await assert.rejects(leases.lease(order([wish], { now: noon + 1 })), code('conflict', /reserved/));
    }));

  test('that was reserved for an owner goes to a NIC of that owner', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      await leases.lease(order([{ mac: mac(7) }], { now: noon, state: 'reserved', owner: 'team-a' }));
      const [taken] = await leases.lease(order([nic('a', { mac: mac(7), owner: 'team-a' })], { now: noon + 1 }));
      assert.equal(taken?.mac, mac(7));
    }));

  test('keeps its MAC address when a NIC names only its IP address', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [bulk] = await leases.lease(
        order([{ mac: mac(9), segment: 'dev' }], { now: noon, segments, owner: 'team-a' }),
      );
      const wish = nic('a', { segment: 'dev', ipv4: bulk?.ipv4 as string, owner: 'team-a' });
      await leases.lease(order([wish], { now: noon + 1, segments })).catch((error) => {
        assert.equal(error.code, 'conflict');
      });
      const [now] = await leases.ofMac(begin + 9);
      assert.equal(now?.state, 'active');
    }));

  test('gives its IP address with its MAC address, and nobody else draws it', () =>
    withStore(async ({ open }) => {
      const leases = await open();
      const [bulk] = await leases.lease(order([{ segment: 'dev' }], { now: noon, segments, owner: 'team-a' }));
      const wish = nic('a', { mac: bulk?.mac as string, owner: 'team-a' });
      const [taken] = await leases.lease(order([wish], { now: noon + 1, segments }));
      assert.deepEqual([taken?.segment, taken?.ipv4], ['dev', bulk?.ipv4]);
      assert.notDeepEqual(await leases.drawIpv4(dev, 1, 'x', noon + 2), [Number(0x0a4d0a02)]);
    }));

  test('that ends for a NIC is named in the journal as it was', () =>
    withStore(async ({ open, look }) => {
      const leases = await open();
      const [bulk] = await leases.lease(order(1, { now: noon, owner: 'team-a' }));
      await leases.lease(order([nic('a', { mac: mac(0), owner: 'team-a' })], { now: noon + 1 }));
      const rows = look((database) => database.prepare('select before from journal order by id').all());
      const before = JSON.parse(String(rows.at(-1)?.before ?? 'null'));
      assert.equal(before?.leases?.[0]?.id, bulk?.id);
    }));
});

test('an order of which everything is in conflict names some of it, and counts the rest', () =>
  withStore(async ({ open }) => {
    const leases = await open();
    const from = pool({ last: begin + 4095 });
    const all = await leases.lease(order(3000, { now: noon, pool: from, owner: 'team-a' }));
    const wishes = all.map((lease, i) => nic(`g${i}`, { mac: lease.mac, owner: 'team-b' }));
    await assert.rejects(leases.lease(order(wishes, { now: noon })), (error: { details: { conflicts: unknown[] } }) => {
      assert.ok(error.details.conflicts.length <= 100, String(error.details.conflicts.length));
      return true;
    });
  }));
