import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { NicAssignment } from '../../../src/model/assignments.ts';
import type { MacAddress } from '../../../src/model/mac-address.ts';
import type { Lease } from '../../../src/registry/leases/leases.ts';
import type { Registry, StoredObject } from '../../../src/registry/registry.ts';
import { ada, begin, dev, nic, order, pool } from '../leases/samples.ts';
import { change, code, halfHour, holding, lease, noon, type RegistryStore, resting } from './samples.ts';

const guest = (name: string, owner?: string): StoredObject => ({
  kind: 'guest',
  name,
  origin: 'file',
  body: { name, nics: [{ segment: 'dev' }], ...(owner === undefined ? {} : { owner }) },
});

const leased = (name: string, { mac, ipv4 }: { mac: string; ipv4?: string }): NicAssignment =>
  lease(name, 0, 0, { mac: mac as MacAddress, ipv4: (ipv4 ?? '10.77.10.5') as NicAssignment['ipv4'] });

/** Promises about leases of the site's NICs and leases that requests made: they are in one table. */
export function testRequests(make: () => Promise<RegistryStore>): void {
  describe('the site and requests', () => {
    let store: RegistryStore;
    let registry: Registry;

    beforeEach(async () => {
      store = await make();
      registry = await store.open();
    });

    afterEach(async () => {
      await registry.close();
      await store.remove();
    });

    const reopen = async (): Promise<void> => {
      await registry.close();
      registry = await store.open();
    };
    const ask = (wish: Parameters<typeof nic>[1], name = 'web1', rest = {}): Promise<Lease[]> =>
      registry.leases.lease(order([nic(name, wish)], { now: noon, segments: [dev], ...rest }));
    const leasesOf = async (mac: number): Promise<Pick<Lease, 'id' | 'state' | 'source'>[]> =>
      (await registry.leases.ofMac(mac)).map(({ id, state, source }) => ({ id, state, source }));

    test('a lease that was requested for a NIC becomes the site’s, the same row, with the owner of the guest', async () => {
      const [asked] = await ask({ segment: 'dev' }, 'web1', { state: 'reserved', owner: 'somebody' });
      assert.ok(asked);
      const held = holding([{ ...leased('web1', asked), ipv6: asked.ipv6 as NonNullable<NicAssignment['ipv6']> }]);
      await registry.commit(change({ put: [guest('web1', 'team-a')], assignments: held }));
      assert.deepEqual(await registry.leases.byId([asked.id]), [
        { ...asked, owner: 'team-a', state: 'active', source: 'site' },
      ]);
      await reopen();
      assert.deepEqual(await registry.assignments(), held);
    });

    test('a lease of nobody in particular ends for a NIC of its owner', async () => {
      const [first, second] = await registry.leases.lease(order(2, { now: noon, owner: 'team-a' }));
      assert.ok(first && second);
      await registry.commit(change({ put: [guest('web1', 'team-a')], assignments: holding([leased('web1', first)]) }));
      assert.deepEqual(await leasesOf(begin), [
        { id: 3, state: 'active', source: 'site' },
        { id: first.id, state: 'free', source: 'request' },
      ]);
      await assert.rejects(
        registry.commit(
          change({
            put: [guest('db1', 'team-b')],
            assignments: holding([leased('web1', first), leased('db1', { ...second, ipv4: '10.77.10.6' })]),
          }),
        ),
        code(
          'conflict',
          /MAC address "02:1a:3f:00:00:01" of NIC "db1\/0" is already held by lease 2 of owner "team-a"/,
        ),
      );
    });

    for (const [what, wish, sentence] of [
      [
        'a MAC address',
        { mac: '02:1a:3f:00:00:77' },
        /^MAC address "02:1a:3f:00:00:77" of NIC "web1\/0" is already held by NIC "vpn\/0"/,
      ],
      [
        'an IPv4 address',
        { segment: 'dev', ipv4: '10.77.10.5' },
        /^IPv4 address "10.77.10.5" of NIC "web1\/0" is already held by NIC "vpn\/0"/,
      ],
    ] as const) {
      test(`${what} that a request holds is refused to the site, and nothing is changed or forgotten`, async () => {
        await ask(wish, 'vpn');
        const wanted = leased('web1', { mac: '02:1a:3f:00:00:77' });
        await assert.rejects(registry.commit(change({ assignments: holding([wanted]) })), code('conflict', sentence));
        assert.equal(await registry.head(), undefined);
        assert.deepEqual(await registry.journal(10).then((list) => list.map(({ kind }) => kind)), ['lease']);
        // Nor does memory believe that the site got anything.
        const [next] = await ask({ segment: 'dev' }, 'db1');
        assert.equal((await registry.leases.fill(pool(), noon)).held, 2);
        assert.ok(next);
      });
    }

    test('requests cannot have what the site holds, nor draw it, until it has rested', async () => {
      const held = leased('web1', { mac: '02:1a:3f:00:00:00', ipv4: '10.77.10.2' });
      // What is free was looked up before the site took it.
      assert.deepEqual(await registry.leases.drawMacs(pool(), [{ title: 'x' }], noon), [begin]);
      registry.leases.giveBack([begin]);
      assert.equal((await registry.leases.drawIpv4(dev, 1, 'x', noon)).length, 1);
      await registry.commit(change({ assignments: holding([held]) }));
      await assert.rejects(ask({ mac: held.mac }, 'db1'), code('conflict', /is already held by NIC "web1\/0"/));
      await assert.rejects(ask({ segment: 'dev', ipv4: held.ipv4 }, 'db1'), code('conflict', /NIC "web1\/0"/));
      const [drawn] = await ask({ segment: 'dev' }, 'db1');
      assert.deepEqual([drawn?.mac, drawn?.ipv4], ['02:1a:3f:00:00:01', '10.77.10.3']);
      await registry.commit(change({ at: noon }));
      const [other] = await ask({ segment: 'dev' }, 'db2');
      assert.deepEqual([other?.mac, other?.ipv4], ['02:1a:3f:00:00:02', '10.77.10.4']);
      const [again] = await ask({ segment: 'dev' }, 'db3', { now: noon + halfHour });
      assert.deepEqual([again?.mac, again?.ipv4], [held.mac, held.ipv4]);
    });

    test('a request for a NIC of the site is answered with what it holds', async () => {
      const held = leased('web1', { mac: '02:1a:3f:00:00:00', ipv4: '10.77.10.2' });
      await registry.commit(change({ assignments: holding([held]) }));
      const [answer] = await ask({});
      assert.deepEqual([answer?.mac, answer?.source], [held.mac, 'site']);
      await assert.rejects(
        registry.leases.release({ ids: [answer?.id as number], quarantine: () => 0, actor: ada, now: noon }),
        code('conflict', /belongs to NIC "web1\/0" of the site/),
      );
    });

    test('the owner of a guest stands in its leases and follows the guest', async () => {
      const held = holding([leased('web1', { mac: '02:1a:3f:00:00:00' })]);
      const owner = async () => (await registry.leases.ofMac(begin))[0]?.owner;
      await registry.commit(change({ put: [guest('web1', 'team-a')], assignments: held }));
      assert.equal(await owner(), 'team-a');
      await registry.commit(change({ put: [guest('web1', 'team-b')], assignments: held }));
      assert.equal(await owner(), 'team-b');
      await registry.commit(change({ put: [guest('web1')], assignments: held }));
      assert.equal(await owner(), undefined);
    });

    test('a commit writes its entry into the journal: who, from where, what was and what is', async () => {
      const held = holding([leased('web1', { mac: '02:1a:3f:00:00:00' })]);
      await registry.commit(change({ put: [guest('web1', 'team-a')], assignments: held }));
      await registry.commit(
        change({ author: 'bo', from: 'unix socket', kind: 'rollback', comment: 'back', remove: [guest('web1')] }),
      );
      const [last, first] = (await registry.audit.list({ limit: 5 })).entries;
      assert.deepEqual(
        [first?.kind, first?.who, first?.text, first?.owners],
        ['apply', 'ada', 'revision 1 by ada: try', ['team-a']],
      );
      assert.deepEqual((first?.after as { added: unknown } | undefined)?.added, ['guest web1']);
      assert.deepEqual(
        [last?.kind, last?.who, last?.from, last?.text, last?.owners],
        ['rollback', 'bo', 'unix socket', 'revision 2 by bo: back', ['team-a']],
      );
      const before = last?.before as { revision: number; removed: unknown; leases: { nic: string }[] } | undefined;
      assert.deepEqual([before?.revision, before?.removed, before?.leases[0]?.nic], [1, ['guest web1'], 'web1/0']);
    });

    describe('a rotation', () => {
      const [old, fresh] = ['02:1a:3f:00:00:00', '02:1a:3f:00:00:01'] as MacAddress[];
      const alone = lease('web1', 0, 0, {
        mac: old as MacAddress,
        ipv4: '10.77.10.2' as never,
        ipv6: 'fd00:77:10::9' as never,
      });
      const prepared: NicAssignment = { ...alone, also: { mac: fresh as MacAddress, state: 'reserved' } };
      const moved: NicAssignment = {
        ...alone,
        mac: fresh as MacAddress,
        also: { mac: old as MacAddress, state: 'retiring' },
      };
      const { also: _, ...settled } = moved;
      const rows = async () =>
        (await registry.leases.list({ guest: 'web1', limit: 10 })).leases.map(({ mac, state, ipv4 }) => [
          mac.slice(-2),
          state,
          ipv4,
        ]);
      const commit = (held: NicAssignment) =>
        registry.commit(change({ put: [guest('web1')], assignments: holding([held]) }));

      test('has both MAC addresses for the NIC, and the addresses go from one to the other', async () => {
        await commit(alone);
        for (const [step, expected] of [
          [
            prepared,
            [
              ['00', 'active', '10.77.10.2'],
              ['01', 'reserved', undefined],
            ],
          ],
          [
            moved,
            [
              ['00', 'retiring', undefined],
              ['01', 'active', '10.77.10.2'],
            ],
          ],
          [
            settled,
            [
              ['00', 'quarantined', undefined],
              ['01', 'active', '10.77.10.2'],
            ],
          ],
        ] as const) {
          await commit(step);
          assert.deepEqual(await rows(), expected);
          await reopen();
          assert.deepEqual((await registry.assignments()).nics.get('web1/0'), step);
        }
      });

      test('goes back before and after the guest has moved', async () => {
        await commit(alone);
        await commit(prepared);
        await commit(alone);
        assert.deepEqual(await rows(), [
          ['00', 'active', '10.77.10.2'],
          ['01', 'quarantined', undefined],
        ]);
        await commit(prepared);
        await commit(moved);
        await commit({ ...alone, also: { mac: fresh as MacAddress, state: 'retiring' } });
        await commit(alone);
        assert.deepEqual(
          (await rows()).filter(([, state]) => state !== 'free'),
          [
            ['00', 'active', '10.77.10.2'],
            ['01', 'quarantined', undefined],
          ],
        );
        await reopen();
        assert.deepEqual(await registry.assignments(), holding([alone]));
      });

      test('ends with its NIC: both MAC addresses rest', async () => {
        await commit(moved);
        await registry.commit(change());
        assert.equal((await resting(registry)).length, 2);
      });

      test('bars both from everybody else', async () => {
        await commit(prepared);
        await assert.rejects(ask({ mac: fresh as string }, 'db1'), code('conflict', /already held by NIC "web1\/0"/));
      });
    });
  });
}
